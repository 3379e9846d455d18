import { rmSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writingInto } from "../../errors.ts";
import type { Shard } from "../../jobs/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { STATE_FOLDER } from "../recordings/index.ts";
import { Lock } from "./lock.ts";
import { type KeptLedger, Manifest } from "./manifest.ts";

/** Where a run puts its results. */
export interface OpenResults {
  readonly manifest: KeptLedger;
  /** A folder of this run only for what is not whole yet: a process of a killed one that is not gone yet writes elsewhere. */
  readonly drafts: string;
  /** How paths of this run's listings begin, while they are made; undefined where they are not kept. */
  readonly listings: string | undefined;
  close(): Promise<void>;
  /** At once, for a process that is about to end. */
  abandon(): void;
}

/**
 * A folder of results, held by this run alone, or by the shards of one run: each has a lock, a manifest and drafts of its
 * own, and none waits for another. Throws `busy` where another run holds it, `unwritable`. What killed runs left half done
 * goes.
 */
export function openResultsFolder(out: string, shard?: Shard): Promise<OpenResults> {
  return writingInto(out, () => opened(out, shard));
}

async function opened(out: string, shard: Shard | undefined): Promise<OpenResults> {
  const state = join(out, STATE_FOLDER);
  await makeFolder(state);
  const own = shard === undefined ? "" : suffix(shard);
  const path = join(state, `lock${own}`);
  const lock = await Lock.take(path);
  try {
    const names = await readdir(state);
    for (const name of names) {
      if (isLock(name) && name !== `lock${own}` && !sharesWith(name, shard)) await Lock.free(join(state, name), path);
    }
    // A run that is alone clears up behind all; a shard behind what was the same shard.
    const left = `drafts${own}-`;
    for (const name of names.filter((one) => one.startsWith(shard === undefined ? "drafts" : left)))
      await rm(join(state, name), { recursive: true, force: true });
    const drafts = join(state, `${left}${crypto.randomUUID()}`);
    await mkdir(drafts);
    const manifest = `manifest${own}.ndjson`;
    const others = names.filter((name) => /^manifest.*\.ndjson$/.test(name) && name !== manifest);
    const opened = await Manifest.open(
      join(state, manifest),
      others.map((name) => join(state, name)),
    );
    const abandon = () => {
      rmSync(drafts, { recursive: true, force: true });
      lock.release();
    };
    return {
      manifest: opened,
      drafts,
      listings: join(state, `listing${own}`),
      async close() {
        await opened.close();
        abandon();
      },
      abandon,
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

const suffix = ({ index, count }: Shard) => `-${index}-of-${count}`;
const isLock = (name: string) => /^lock(-\d+-of-\d+)?$/.test(name);
/** Whether a lock is another shard's of the same division: its recordings are others. */
const sharesWith = (name: string, shard: Shard | undefined) =>
  shard !== undefined && name.startsWith("lock-") && name.endsWith(`-of-${shard.count}`);
