import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Command, Option } from "commander";
import { sha256OfFile } from "../../convert/hash.ts";
import { readManifest } from "../../convert/models-folder.ts";
import { OrcaError } from "../../errors.ts";
import { MANIFEST_FILE, MANIFEST_FORMAT, type Manifest, parseManifest, servedFiles } from "../../models/index.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { namedOrAll } from "../options.ts";
import { printLine } from "../print.ts";
import type { Bucket } from "./bucket.ts";
import { localBucket } from "./local-bucket.ts";
import { R2Bucket } from "./r2-bucket.ts";

interface Given {
  readonly models: string;
  readonly r2: string;
  readonly prefix: string;
  readonly local?: boolean;
  readonly persistTo?: string;
}

export function pushCommand(): Command {
  return new Command("push")
    .description("Put the models into an R2 bucket, for a Worker with the binding MODELS.")
    .argument("[names...]", "models (default: all that are here)")
    .requiredOption("--r2 <bucket>", "the bucket's name")
    .addOption(new Option("--remote", "the bucket at Cloudflare (default)").conflicts("local"))
    .option("--local", "the bucket that wrangler dev keeps on this machine")
    .option("--persist-to <dir>", "with --local: where wrangler dev keeps it")
    .option("--prefix <path>", "what stands in front of the files' names; MODELS_PREFIX in the Worker", "models/")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(push);
}

/**
 * Puts pieces first and the manifest last, so that what a manifest in the bucket names is there. Each file is read back
 * and compared; what a manifest in the bucket names already, with the same sha256, is left as it is. Models that only the
 * bucket has stay in its manifest.
 */
async function push(names: readonly string[], given: Given): Promise<void> {
  const { models: here } = await readManifest(given.models);
  const wanted = await namedOrAll(names, given.models);
  const chosen = here.filter(({ description }) => wanted.includes(description.id));
  const absent = wanted.filter((id) => !chosen.some(({ description }) => description.id === id));
  if (absent.length > 0 || chosen.length === 0) {
    throw new OrcaError("models_missing", `${absent.join(", ") || "No model"} is not in ${given.models}.`, {
      hint: "Prepare the models: npm run models",
    });
  }
  const bucket = given.local === true ? await localBucket(given.r2, given.persistTo) : new R2Bucket(given.r2);
  const work = await mkdtemp(join(tmpdir(), "orca-push-"));
  try {
    const before = await manifestIn(bucket, `${given.prefix}${MANIFEST_FILE}`, work);
    const known = new Map(before.models.flatMap(servedFiles).map(({ file, sha256 }) => [file, sha256]));
    const files = chosen.flatMap(servedFiles);
    const missing = files.filter(({ file, sha256 }) => known.get(file) !== sha256);
    let done = 0;
    await several(missing, bucket.atOnce, async ({ file, sha256 }) => {
      await putChecked(bucket, `${given.prefix}${file}`, join(given.models, file), sha256, work);
      printLine(`${++done}/${missing.length} ${given.prefix}${file}`);
    });
    const others = before.models.filter(
      ({ description }) => !chosen.some((entry) => entry.description.id === description.id),
    );
    const models = [...others, ...chosen].sort((a, b) => a.description.id.localeCompare(b.description.id));
    if (JSON.stringify(models) !== JSON.stringify(before.models)) {
      const manifest = join(work, MANIFEST_FILE);
      await writeFile(
        manifest,
        `${JSON.stringify({ format: MANIFEST_FORMAT, models } satisfies Manifest, undefined, 2)}\n`,
      );
      await putChecked(bucket, `${given.prefix}${MANIFEST_FILE}`, manifest, await sha256OfFile(manifest), work);
    }
    const left = files.length - missing.length;
    printLine(
      `${given.r2}: ${chosen.map(({ description }) => description.id).join(", ")}; ${missing.length} files put and read back, ${left} were there`,
    );
  } finally {
    await bucket.close();
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs `work` on all items, `count` at a time. After a failure none is begun, and what has begun is waited for. */
async function several<T>(items: readonly T[], count: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    try {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    } catch (thrown) {
      queue.length = 0;
      throw thrown;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: count }, worker));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

async function manifestIn(bucket: Bucket, key: string, work: string): Promise<Manifest> {
  const path = join(work, "before.json");
  return (await bucket.get(key, path))
    ? parseManifest(await readFile(path, "utf8"))
    : { format: MANIFEST_FORMAT, models: [] };
}

async function putChecked(bucket: Bucket, key: string, path: string, sha256: string, work: string): Promise<void> {
  if ((await sha256OfFile(path)) !== sha256) {
    throw new OrcaError("model_damaged", `${path} is not the file that the manifest describes.`, {
      hint: "Build the models again: npm run models",
    });
  }
  await bucket.put(key, path);
  const back = join(work, `back-${basename(path)}`);
  const same = (await bucket.get(key, back)) && (await sha256OfFile(back)) === sha256;
  await rm(back, { force: true });
  if (same) return;
  throw new OrcaError("checksum_mismatch", `${key} is not in the bucket as it was put.`, { hint: "Push again." });
}
