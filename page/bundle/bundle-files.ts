import { OrcaError } from "../../src/errors.ts";

/** Where the files of a bundle come from. */
export interface BundleFiles {
  /** What to call the bundle. */
  readonly name: string;
  /** The file of the config: paths are relative to where it is. */
  readonly config: string;
  /** A file by its path as the config gives it. Throws `bundle_invalid` where it is not there, or may not be fetched. */
  read(path: string): Promise<Blob>;
}

export const CONFIG = "projector_config.json";

/** Files by their names; the config may lie in a folder of them. Undefined where there is no config. */
export function heldFiles(name: string, files: ReadonlyMap<string, () => Promise<Blob>>): BundleFiles | undefined {
  const config = [...files.keys()]
    .filter((path) => path.split("/").at(-1) === CONFIG)
    .sort((a, b) => a.length - b.length)[0];
  if (config === undefined) return undefined;
  const folder = config.slice(0, -CONFIG.length);
  return {
    name,
    config: CONFIG,
    async read(path) {
      // A config that was written for a server has whole addresses: what stands behind the bundle's name is the path.
      const found =
        files.get(folder + path) ?? [...files].find(([file]) => endsAlike(path, file.slice(folder.length)))?.[1];
      if (found !== undefined) return found();
      const hint = `There is: ${[...files.keys()].slice(0, 8).join(", ")}.`;
      throw new OrcaError("bundle_invalid", `${path} is not among the bundle's files.`, { field: path, hint });
    },
  };
}

function endsAlike(address: string, file: string): boolean {
  return URL.canParse(address) && decodeURIComponent(new URL(address).pathname).endsWith(`/${file}`);
}

/**
 * A bundle of this server.
 * @param config  a path of this origin: the config, or its folder with a slash at the end
 * Throws `bad_option` for any other address.
 */
export function servedFiles(config: string, here: Location): BundleFiles {
  const address = URL.canParse(config, here.origin) ? new URL(config, here.origin) : undefined;
  if (!config.startsWith("/") || address?.origin !== here.origin) {
    throw new OrcaError("bad_option", `config=${config} is not a path of this server.`, {
      field: "config",
      hint: "Give a path like /projector/NAME/projector_config.json: this page fetches nothing from other servers. Drop the bundle's folder or zip instead.",
    });
  }
  if (address.pathname.endsWith("/")) address.pathname += CONFIG;
  const folder = decodeURIComponent(address.pathname.split("/").at(-2) ?? "");
  return {
    name: folder || address.pathname,
    config: CONFIG,
    async read(path) {
      const target = path === CONFIG ? address : URL.canParse(path, address) ? new URL(path, address) : undefined;
      if (target?.host !== here.host) {
        throw new OrcaError("bundle_invalid", `${path} lies on another server.`, {
          field: path,
          hint: "This page fetches from its own server only. Drop the bundle's folder or zip, or keep all of its files here.",
        });
      }
      // Behind a proxy the server may take itself for http where the page is https.
      return fetched(here.origin + target.pathname + target.search, path);
    },
  };
}

async function fetched(address: string, path: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(address, { redirect: "error" });
  } catch (cause) {
    throw new OrcaError("bundle_invalid", `${path} cannot be fetched: the server does not answer.`, {
      field: path,
      hint: "Is it still running, and can this device reach it?",
      cause,
    });
  }
  if (response.ok) return response.blob();
  throw new OrcaError(
    "bundle_invalid",
    `${path} is not there: the server answers ${response.status} for ${new URL(address).pathname}.`,
    {
      field: path,
      hint: "See that the bundle's folder is whole, and its name right.",
    },
  );
}
