import { createReadStream, existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { basename, dirname, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { OrcaError } from "../../errors.ts";
import { BUNDLE_METHODS, type BundleStore, bundleResponse, pageResponse } from "../../http/index.ts";
import type { Fetcher } from "../../models/index.ts";
import { CONFIG_FILE, projectorLink, viewerLink } from "../../output/index.ts";
import { folderAssets } from "../folder-assets.ts";
import { serveOnLoopback } from "../loopback-server.ts";

export interface BundleServer {
  /** Address of the bundle's config. */
  readonly config: string;
  /** The projector on the web with that config. */
  readonly link: string;
  /** The page's own viewer with that config, where the page is served too. */
  readonly viewer: string | undefined;
  stop(): Promise<void>;
}

/**
 * Serves one bundle's folder on loopback, to pages of any origin. Throws `bad_option` where the port is taken.
 * @param port  0 for any that is free
 * @param assets  a folder with the page as `npm run build` lays it out; without it the bundle is served alone
 */
export async function serveBundle(folder: string, port: number, assets?: string): Promise<BundleServer> {
  const root = await realpath(resolve(folder));
  const page = assets !== undefined && existsSync(join(assets, "page/start.htm")) ? folderAssets(assets) : undefined;
  const name = basename(root);
  const served = { name, store: folderBundles(dirname(root), name), page };
  const { url, stop } = await serveOnLoopback(port, (incoming, origin) => respond(incoming, origin, served));
  const config = `${url}/projector/${encodeURIComponent(name)}/${CONFIG_FILE}`;
  return {
    config,
    link: projectorLink(config),
    viewer: page === undefined ? undefined : viewerLink(config),
    stop,
  };
}

/** The files of one bundle, `name`, in `parent`; what a link leads out of it to is not there. */
function folderBundles(parent: string, name: string): BundleStore {
  return {
    async open(path) {
      if (!path.startsWith(`${name}/`)) return undefined;
      const file = await realpath(join(parent, path)).catch(() => undefined);
      if (file === undefined || !file.startsWith(join(parent, name) + sep)) return undefined;
      const found = await stat(file);
      if (!found.isFile()) return undefined;
      const { size, mtimeMs } = found;
      return {
        size,
        etag: `"${size.toString(16)}-${Math.round(mtimeMs * 1000).toString(16)}"`,
        async read({ from, to }) {
          if (from === to) return new Uint8Array(0);
          return Readable.toWeb(createReadStream(file, { start: from, end: to - 1 })) as ReadableStream<Uint8Array>;
        },
      };
    },
  };
}

interface Served {
  /** Of the bundle, and of its folder. */
  readonly name: string;
  readonly store: BundleStore;
  readonly page: Fetcher | undefined;
}

async function respond(incoming: IncomingMessage, origin: string, { name, store, page }: Served): Promise<Response> {
  const { method = "GET", url = "/" } = incoming;
  const mount = "/projector/";
  const path = url.replace(/[?#].*$/, "");
  if (!BUNDLE_METHODS.includes(method)) throw new OrcaError("method_not_allowed", `${path} does not take ${method}.`);
  // Here are no models: the page without a bundle would offer to take recordings.
  if (page !== undefined && path === "/" && !/[?&]config=/.test(url)) {
    const viewer = new URL(viewerLink(`${origin}${mount}${encodeURIComponent(name)}/${CONFIG_FILE}`));
    return new Response(null, { status: 302, headers: { location: viewer.pathname + viewer.search } });
  }
  const ofPage = page && (await pageResponse(path, page));
  if (ofPage !== undefined) return ofPage;
  if (!path.startsWith(mount)) throw new OrcaError("not_found", `There is nothing at ${path}.`);
  const headers = new Headers();
  for (const name of ["range", "if-range", "if-none-match"]) {
    const value = incoming.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  const request = new Request(origin + mount, { method, headers });
  return bundleResponse(request, store, path.slice(mount.length), origin + mount, page !== undefined);
}
