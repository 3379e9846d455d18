/**
 * npm run bench [-- stages nets cold way heads processes fair search archive page push SECONDS]: all of it, or what is named, beside peers, in one run.
 * Read the ratios: times differ from machine to machine and from minute to minute.
 */
import { buildAll } from "../scripts/support/build.ts";
import { CATALOGUE } from "../src/models/catalogue.ts";
import { benchArchive } from "./archive.ts";
import { benchColdStart } from "./cold-start.ts";
import { benchFair } from "./fair.ts";
import { benchHeads } from "./heads.ts";
import { benchNets } from "./nn/bench.ts";
import { benchPage } from "./page-tasks.ts";
import { benchProcesses } from "./processes.ts";
import { benchPush } from "./push.ts";
import { benchSearch } from "./search.ts";
import { benchStages } from "./stage-times.ts";
import { benchWholeWay } from "./whole-way.ts";

const words = process.argv.slice(2);
const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 900);
const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  /** PCM, resampling, front ends, decoders. */
  stages: () => benchStages(seconds),
  /** The nets alone: engines side by side, batches of 1 and 8. */
  nets: () =>
    benchNets(
      CATALOGUE.map(({ description }) => description.id),
      "workerd,node",
      5,
    ),
  /** A process' start to its first window. */
  cold: benchColdStart,
  /** From bytes to records. */
  way: benchWholeWay,
  /** Training and running heads, beside scikit-learn (ORCA_PYTHON). */
  heads: benchHeads,
  /** Two streams on one process and on two. */
  processes: benchProcesses,
  /** Search among a million windows: exact, by codes, and usearch. */
  search: benchSearch,
  /** Heads over an archive's stored embeddings, and collections that become one. */
  archive: benchArchive,
  /** A short recording beside long and hostile streams in one process. */
  fair: benchFair,
  /** The page's tasks with real recordings, and its speed beside workerd. */
  page: benchPage,
  /** From the last sample of sound that is pushed to its embedding, in Node and workerd. */
  push: benchPush,
};
const named = words.filter((word) => !/^\d+$/.test(word));
const unknown = named.find((word) => SECTIONS[word] === undefined);
if (unknown !== undefined) {
  console.error(`${unknown} is not known. There is: ${Object.keys(SECTIONS).join(", ")}, and a number of seconds.`);
  process.exit(1);
}
await buildAll(() => undefined);
for (const [name, run] of Object.entries(SECTIONS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  console.log(`\n── ${name}`);
  await run();
}
