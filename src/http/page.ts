import { OrcaError } from "../errors.ts";
import type { Fetcher } from "../models/index.ts";
import { PAGE_POLICY } from "./page-policy.ts";

/** Where each page lies among the static assets. Not .html, which static assets would redirect. */
const PAGES: Readonly<Record<string, string>> = {
  "/": "/page/start.htm",
  "/docs": "/page/docs.htm",
  "/licences": "/page/licences.txt",
};

/** Paths of the pages and of their files, as routes have them. */
export const PAGE_PATHS = [...Object.keys(PAGES), "/page/:file"];

/** Files of the pages: a name with the hash of its contents, as scripts/support/page.ts writes them. */
const HASHED = /^\/page\/[a-z0-9-]+-[A-Z0-9]{8}\.(js|css|svg|wasm)$/;

const TYPES: Readonly<Record<string, string>> = {
  htm: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  txt: "text/plain; charset=utf-8",
};

/** A page or one of its files; undefined where `path` is neither. Throws `not_found` where the page was not built. */
export async function pageResponse(path: string, assets: Fetcher | undefined): Promise<Response | undefined> {
  const file = PAGES[path] ?? (HASHED.test(path) ? path : undefined);
  if (file === undefined) return undefined;
  const found = await assets?.fetch(new Request(`http://page${file}`));
  if (found === undefined || !found.ok) {
    await found?.body?.cancel();
    throw new OrcaError("not_found", `The page's file ${file} is not among the static assets.`, {
      hint: "Run npm run build, and deploy again.",
    });
  }
  const extension = file.slice(file.lastIndexOf(".") + 1);
  return new Response(found.body, {
    headers: {
      "content-type": TYPES[extension] ?? "application/octet-stream",
      "cache-control": HASHED.test(file) ? "public, max-age=31536000, immutable" : "no-cache",
      "content-security-policy": PAGE_POLICY.join("; "),
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    },
  });
}
