import { OrcaError } from "../../errors.ts";
import {
  CONFIG_FILE,
  configAt,
  configJson,
  type ProjectorConfig,
  projectorLink,
  viewerLink,
} from "../../output/index.ts";
import { fileResponse, preflightResponse, type StoredFile } from "./file-response.ts";

/** Where bundles lie; paths have been checked. */
export interface BundleStore {
  /** `NAME/FILE`, or undefined where there is none. */
  open(path: string): Promise<StoredFile | undefined>;
}

/** Letters, digits and what people put between them; no part begins with a dot, so none leads out of the folder. */
const SEGMENT = /^[\p{L}\p{N}_][\p{L}\p{N} _.()+-]*$/u;

/**
 * Answers for a bundle's file, with `path` = `NAME/FILE`. `NAME` alone gives the addresses of its config and of the
 * projector that shows it. In the config, paths become addresses of this server, because the projector on the web would
 * take them as relative to itself. Throws `not_found`.
 * @param mount  the address of the folder of bundles, with a slash at its end
 * @param viewer  whether this server has the page, whose viewer is then named too
 */
export async function bundleResponse(
  request: Request,
  store: BundleStore,
  path: string,
  mount: string,
  viewer = false,
): Promise<Response> {
  if (request.method === "OPTIONS") return preflightResponse();
  const segments = decoded(path).replace(/\/$/, "").split("/");
  const checked = segments.join("/");
  const nothing = new OrcaError("not_found", `There is no ${JSON.stringify(checked)} among the bundles.`);
  if (segments.length > 8 || !segments.every((segment) => SEGMENT.test(segment))) throw nothing;
  const [name = ""] = segments;
  const address = `${mount}${encodeURIComponent(name)}/`;
  const wanted = segments.length === 1 ? `${name}/${CONFIG_FILE}` : checked;
  // Some stores list a folder; every file of a bundle has an ending.
  const file = /\.[^.]+$/.test(wanted) ? await store.open(wanted) : undefined;
  if (file === undefined) throw nothing;
  if (segments.length === 1) {
    const config = `${address}${CONFIG_FILE}`;
    return fileResponse(
      request,
      CONFIG_FILE,
      await inMemory(
        JSON.stringify({
          config,
          projector: projectorLink(config),
          ...(viewer ? { viewer: viewerLink(config) } : {}),
        }),
      ),
    );
  }
  if (segments.length === 2 && segments[1] === CONFIG_FILE) {
    const text = await new Response(await file.read({ from: 0, to: file.size })).text();
    return fileResponse(
      request,
      CONFIG_FILE,
      await inMemory(configJson(configAt(JSON.parse(text) as ProjectorConfig, address))),
    );
  }
  return fileResponse(request, checked, file);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Half an escape: no file has such a name.
    return "";
  }
}

async function inMemory(text: string): Promise<StoredFile> {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const etag = `"${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
  return { size: bytes.length, etag, read: async ({ from, to }) => bytes.slice(from, to) };
}
