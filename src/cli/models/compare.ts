import { Command } from "commander";
import { MODEL_NAMES, type ModelName } from "../../models/index.ts";
import type { ManifestVariant } from "../../onnx/index.ts";
import { MODELS_FOLDER, nodeRuntime } from "../../runtime.node.ts";
import { listOf } from "../options.ts";
import { canBundle } from "../workerd/bundle.ts";
import { type Agreement, agreement, recordingsIn } from "./agreement.ts";
import { variantMemory } from "./memory.ts";
import { timePerWindow } from "./timing.ts";

interface Given {
  readonly models: string;
  readonly audio?: string[];
}

/** `orca-embed models compare`: what each variant costs, and how near it is to fp32. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("Compare the variants of the models: size, memory in workerd, time, and nearness to fp32.")
    .argument("[names...]", "vggish, yamnet, humpback (default: all)")
    .option("--audio <paths...>", "recordings, or folders of them (default: a synthesised scene)")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action((names: string[], given: Given, command: Command) => {
      // Where the command above has an option of this name, commander gives it what was meant for this one.
      const own = command.getOptionValueSource("models") === "cli";
      return compare(names, own ? given : command.optsWithGlobals<Given>());
    });
}

async function compare(given: readonly string[], { models: folder, audio }: Given): Promise<void> {
  const names = given.length === 0 ? MODEL_NAMES : given.flatMap((name) => listOf(name, MODEL_NAMES, "model"));
  const recordings = await recordingsIn(audio);
  const inWorkerd = await canBundle();
  const rows: string[][] = [HEADINGS];
  let unreadable: readonly string[] = [];
  for (const name of names) {
    // A runtime of its own for each model: the sessions of the one before are given back.
    const runtime = await nodeRuntime(folder);
    const entry = (await runtime.store.manifest()).models.find((model) => model.name === name);
    if (entry === undefined) {
      console.error(`${name}: not in ${folder}; prepare it with orca-embed models.`);
      process.exitCode = 1;
      continue;
    }
    for (const [variant, files] of Object.entries(entry.variants)) {
      const near = await agreement(name, variant, runtime, recordings);
      unreadable = near.unreadable;
      const memory = inWorkerd ? await variantMemory(name, variant, folder) : Number.NaN;
      const { session } = await runtime.store.load(name, variant);
      rows.push(row(name, variant, files, memory, timePerWindow(session), near));
    }
    if (entry.weights === "seeded") console.error(`${name}: seeded weights; trained ones may be further from fp32.`);
  }
  for (const sentence of unreadable) console.error(sentence);
  if (!inWorkerd) console.error("Memory was not measured: that takes the project's checkout, with workerd.");
  console.log(table(rows));
}

const HEADINGS = ["model", "variant", ".onnx MB", ".ort MB", "workerd +MB", "ms, 1", "ms, 8", "windows"].concat(
  ["median", "p5", "worst"].map((what) => `cosine ${what}`),
);

function row(
  name: ModelName,
  variant: string,
  { onnx, ort }: ManifestVariant,
  memory: number,
  [one, eight]: readonly [number, number],
  { windows, median, p5, worst }: Agreement,
): string[] {
  const figure = (value: number, digits: number) => (Number.isNaN(value) ? "-" : value.toFixed(digits));
  const sizes = [onnx.bytes, ort.bytes].map((bytes) => figure(bytes / 1e6, 1));
  const costs = [figure(memory / 1e6, 0), figure(one, 1), figure(eight, 1)];
  return [name, variant, ...sizes, ...costs, String(windows), ...[median, p5, worst].map((value) => figure(value, 6))];
}

/** Columns in line: text to the left, numbers to the right. */
function table(rows: readonly string[][]): string {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => (cells[column] as string).length)));
  return rows
    .map((cells) => cells.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((cells) => cells.join("  "))
    .join("\n");
}
