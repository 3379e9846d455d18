import { createHash } from "node:crypto";
import { open, readFile, rm } from "node:fs/promises";
import * as z from "zod";
import { type ListedPage, listPages, type Place, placeText, type RemoteClient } from "../../remote/index.ts";

type Bucket = Extract<Place, { kind: "bucket" }>;

/** A listing that was broken off is gone on with for so long, ms; later it is made anew. */
const GOOD_FOR = 86_400_000;

const First = z.object({ listing: z.string(), begun: z.number() });
/** A page: key, size, tag and time of each object. */
const Page = z.object({
  objects: z.array(z.tuple([z.string(), z.number().nullable(), z.string().nullable(), z.number().nullable()])),
  last: z.string(),
});

/**
 * Listings of buckets, written down page by page, so that a run that was killed while it listed a million objects goes on
 * behind the last page that it had. What has come to its end is forgotten: the next run wants to know what is new.
 */
export class ListingKeeper {
  readonly #beginning: string;

  /** @param beginning  of the paths of its files, in a folder that is there; this run's alone */
  constructor(beginning: string) {
    this.#beginning = beginning;
  }

  /** As `listPages`. */
  async *pages(client: RemoteClient, place: Bucket): AsyncGenerator<ListedPage> {
    const address = placeText(place);
    const path = `${this.#beginning}-${createHash("sha256").update(address).digest("hex").slice(0, 16)}.ndjson`;
    const kept = await read(path, address);
    for (const objects of kept) yield page(objects, place);
    const after = kept.at(-1)?.last;
    const file = after === undefined ? undefined : await open(path, "a");
    let writing = file;
    try {
      for await (const found of listPages(client, place, { after })) {
        // One page is not worth a file.
        if (found.last !== undefined) {
          writing ??= await begin(path, address);
          await writing.appendFile(`${JSON.stringify(lineOf(found))}\n`);
        }
        yield found;
      }
    } finally {
      await writing?.close();
    }
    await rm(path, { force: true });
  }
}

async function begin(path: string, listing: string) {
  const file = await open(path, "w");
  await file.appendFile(`${JSON.stringify({ listing, begun: Date.now() })}\n`);
  return file;
}

/** The pages of a listing that was broken off; none where there is none, or it is old. A torn last line is not one. */
async function read(path: string, address: string): Promise<z.infer<typeof Page>[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [head, ...lines] = text.split("\n").slice(0, -1).map(json);
  const first = First.safeParse(head);
  const now = Date.now();
  if (!first.success || first.data.listing !== address || Math.abs(now - first.data.begun) > GOOD_FOR) return [];
  const pages: z.infer<typeof Page>[] = [];
  for (const line of lines) {
    const parsed = Page.safeParse(line);
    if (!parsed.success) break;
    pages.push(parsed.data);
  }
  return pages;
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function lineOf({ objects, last = "" }: ListedPage): z.infer<typeof Page> {
  return {
    objects: objects.map(({ place, size = null, etag = null, modified = null }) => [
      (place as Bucket).key,
      size,
      etag,
      modified,
    ]),
    last,
  };
}

function page({ objects, last }: z.infer<typeof Page>, place: Bucket): ListedPage {
  return {
    objects: objects.map(([key, size, etag, modified]) => ({
      place: { ...place, key },
      ...(size === null ? {} : { size }),
      ...(etag === null ? {} : { etag }),
      ...(modified === null ? {} : { modified }),
    })),
    folders: [],
    last,
  };
}
