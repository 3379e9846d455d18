import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fetcher } from "../models/index.ts";

/** The page's files; pageResponse asks for those of its own names only. */
export function folderAssets(folder: string): Fetcher {
  return {
    async fetch(request) {
      const bytes = await readFile(join(folder, new URL(request.url).pathname)).catch(() => undefined);
      return bytes === undefined ? new Response(null, { status: 404 }) : new Response(new Uint8Array(bytes));
    },
  };
}
