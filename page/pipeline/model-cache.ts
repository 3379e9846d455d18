import { MANIFEST_FILE, type Manifest, type ModelSource, parseManifest, servedFiles } from "../../src/models/index.ts";

/** The browser's store of models' pieces, by the hash of their contents: what was fetched once is there without a network. */
const CACHE = "orca-models";

/** Models of the page's own origin, each piece fetched once. @param folder  its address, with a slash at the end */
export function cachedSource(folder: string): ModelSource {
  let digests: Map<string, string> | undefined;
  return {
    name: "page's models",
    async read(file) {
      const cache = await caches.open(CACHE);
      if (file === MANIFEST_FILE) {
        const bytes = await newest(cache, folder + file);
        if (bytes !== undefined) digests = digestsOf(parseManifest(new TextDecoder().decode(bytes)));
        return bytes;
      }
      const digest = digests?.get(file);
      const key = `${folder}sha256/${digest}`;
      const kept = digest === undefined ? undefined : await cache.match(key);
      if (kept !== undefined) return new Uint8Array(await kept.arrayBuffer());
      const response = await fetch(folder + file);
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`The server answered ${response.status} for ${file}.`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (digest !== undefined) await cache.put(key, new Response(bytes)).catch(() => undefined);
      return bytes;
    },
  };
}

/** What the network has, or without one what it had the last time. */
async function newest(cache: Cache, address: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await fetch(address, { cache: "no-cache" }).catch(() => undefined);
  if (response?.ok === true) {
    await cache.put(address, response.clone()).catch(() => undefined);
    return new Uint8Array(await response.arrayBuffer());
  }
  const kept = await cache.match(address);
  return kept === undefined ? undefined : new Uint8Array(await kept.arrayBuffer());
}

function digestsOf({ models }: Manifest): Map<string, string> {
  return new Map(models.flatMap(servedFiles).map(({ file, sha256 }) => [file, sha256]));
}
