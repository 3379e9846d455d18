import { rmSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrcaError } from "../../errors.ts";
import type { Format, Sink } from "../../options/index.ts";
import { listPages, type Place, placeOf, placeText, putObject, type RemoteClient } from "../../remote/index.ts";
import { STATE_FOLDER } from "../recordings/index.ts";
import { remoteClient } from "../remote-options.ts";
import { BucketManifest } from "./bucket-manifest.ts";
import { type Setup, wholePath } from "./extract-one.ts";
import { resultName } from "./formats.ts";
import type { ResultStore } from "./result-store.ts";
import type { OpenResults } from "./results-folder.ts";

type Bucket = Extract<Place, { kind: "bucket" }>;

/** A prefix of a bucket that results go to, without a slash behind. Throws `bad_option`. */
export function resultsPlace(out: string): Bucket {
  const place = placeOf(out);
  if (place.kind === "bucket" && place.scheme === "s3") return { ...place, key: place.key.replace(/\/+$/, "") };
  throw new OrcaError("bad_option", `--out ${placeText(place)}: results go to a folder or to s3://BUCKET/PREFIX.`, {
    field: "out",
  });
}

export const resultPlace = (out: Bucket, name: string): Bucket => ({
  ...out,
  key: out.key === "" ? name : `${out.key}/${name}`,
});

/** Results that go to a bucket: each is written on this machine until it is whole, then sent, and gone from here. */
export async function openResultsBucket(out: string, client: RemoteClient): Promise<OpenResults> {
  const place = resultsPlace(out);
  const manifest = await BucketManifest.open(client, resultPlace(place, `${STATE_FOLDER}/`));
  const drafts = await mkdtemp(join(tmpdir(), "orca-embed-"));
  return {
    manifest,
    drafts,
    listings: undefined,
    async close() {
      await rm(drafts, { recursive: true, force: true });
      await manifest.close();
    },
    abandon: () => rmSync(drafts, { recursive: true, force: true }),
  };
}

/** Results in a bucket, which the run itself sends there. */
export function bucketStore(setup: Setup): ResultStore {
  const place = resultsPlace(setup.out);
  const client = remoteClient(setup.remote);
  // The first question lists all of them, which is cheaper than to ask for each.
  let listed: Promise<ReadonlySet<string>> | undefined;
  return {
    place: ({ name, model, formats }) =>
      files(formats)
        .map((format) => placeText(resultPlace(place, resultName(name, model, format))))
        .join(" "),
    async has({ name }, model, sink) {
      listed ??= names(client, place);
      return sink !== "collection" && (await listed).has(resultName(name, model, sink));
    },
    async take(task) {
      for (const format of files(task.formats)) {
        const target = resultPlace(place, resultName(task.name, task.model, format));
        await sendResult(client, wholePath(setup, task, format), target);
      }
    },
    finish: async () => undefined,
    close: () => undefined,
  };
}

const files = (sinks: readonly Sink[]): Format[] => sinks.filter((sink) => sink !== "collection");

async function names(client: RemoteClient, place: Bucket): Promise<ReadonlySet<string>> {
  const { key: prefix } = resultPlace(place, "");
  const found = new Set<string>();
  for await (const { objects } of listPages(client, { ...place, key: prefix })) {
    for (const object of objects) found.add((object.place as Bucket).key.slice(prefix.length));
  }
  return found;
}

/** Sends a result that is whole, and removes it here. Throws `unwritable`, `unauthorized`. */
async function sendResult(client: RemoteClient, path: string, place: Bucket): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    await putObject(client, place, {
      size,
      async read(at, length) {
        const bytes = new Uint8Array(Math.min(length, size - at));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
        return bytes.subarray(0, bytesRead);
      },
    });
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
