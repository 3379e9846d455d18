import { Command } from "commander";
import type { OrcaError } from "../../errors.ts";
import { DEFAULT_VARIANT, enginesOf, type ModelEntry } from "../../models/index.ts";
import { MODELS_FOLDER, nodeRuntime } from "../../runtime.node.ts";
import { namedOrAll } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { canBundle } from "../workerd/bundle.ts";
import { type Agreement, agreement, REFERENCE_ENGINE, recordingsIn } from "./agreement.ts";
import { formMemory } from "./memory.ts";
import { timePerWindow } from "./timing.ts";

interface Given {
  readonly models: string;
  readonly audio?: string[];
}

/** `orca-embed models compare`: what each variant costs in each engine, and how near it is to the reference. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("Compare variants and engines: size, memory in workerd, time, and nearness to fp32 in onnxruntime.")
    .argument("[names...]", "models (default: all that are here)")
    .option("--audio <paths...>", "recordings, or folders of them (default: a synthesised scene)")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action((names: string[], given: Given, command: Command) => {
      // Where the command above has an option of this name, commander gives it what was meant for this one.
      const own = command.getOptionValueSource("models") === "cli";
      return compare(names, own ? given : command.optsWithGlobals<Given>());
    });
}

async function compare(given: readonly string[], { models: folder, audio }: Given): Promise<void> {
  const names = await namedOrAll(given, folder);
  const recordings = await recordingsIn(audio);
  const inWorkerd = await canBundle();
  printLine(line(COLUMNS.map(([heading]) => heading)));
  const unreadable = new Set<string>();
  for (const name of names) {
    // A runtime of its own for each model: the sessions of the one before are given back.
    const runtime = await nodeRuntime(folder);
    const entry = await runtime.store.entry(name).catch((thrown: OrcaError) => {
      printNote(`${name}: ${thrown.message} ${thrown.hint ?? ""}`);
      process.exitCode = 1;
    });
    if (entry === undefined) continue;
    for (const { variant, engine, bytes } of formsOf(entry)) {
      const memory = inWorkerd ? await formMemory(name, variant, engine, folder) : Number.NaN;
      const times = await timePerWindow((await runtime.store.load(name, variant, engine)).session);
      const isReference = variant === DEFAULT_VARIANT && engine === REFERENCE_ENGINE;
      const near = isReference ? undefined : await agreement(name, variant, engine, runtime, recordings);
      for (const sentence of near?.unreadable ?? []) unreadable.add(sentence);
      printLine(line([`${name} ${variant} ${engine}`, ...costs(bytes, memory, times), ...nearness(near)]));
    }
    if (entry.weights === "seeded") printNote(`${name}: seeded weights; trained ones may be further from fp32.`);
  }
  for (const sentence of unreadable) printNote(sentence);
  if (!inWorkerd) printNote("Memory was not measured: that takes the project's checkout, with workerd.");
}

/** Headings and widths: rows are printed as they are measured, which takes minutes. */
const COLUMNS = [
  ["model, variant, engine", -22],
  ["file MB", 7],
  ["workerd +MB", 11],
  ["ms, batch 1", 11],
  ["ms, batch 8", 11],
  ["windows", 9],
  ["median", 9],
  ["p5", 9],
  ["worst", 9],
] as const;

/** Text to the left, numbers to the right. */
function line(cells: readonly string[]): string {
  return cells
    .map((cell, at) => {
      const width = COLUMNS[at]?.[1] ?? 0;
      return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
    })
    .join("  ");
}

const figure = (value: number, digits: number) => (Number.isNaN(value) ? "-" : value.toFixed(digits));

/** What of a model can be run, one engine after the other: the reference comes first. */
function formsOf({ variants }: ModelEntry): { variant: string; engine: string; bytes: number }[] {
  const forms = Object.entries(variants).flatMap(([variant, files]) =>
    enginesOf(files).map((engine) => ({ variant, engine, bytes: files.artefacts[engine]?.bytes ?? 0 })),
  );
  return forms.sort((a, b) => Number(b.engine === REFERENCE_ENGINE) - Number(a.engine === REFERENCE_ENGINE));
}

function costs(bytes: number, memory: number, times: readonly number[]): string[] {
  return [figure(bytes / 1e6, 1), figure(memory / 1e6, 0), ...times.map((time) => figure(time, 1))];
}

/** Cosines to fp32 in onnxruntime-web, which itself is what they are measured against. */
function nearness(near: Agreement | undefined): string[] {
  if (near === undefined) return ["reference"];
  return [String(near.windows), ...[near.median, near.p5, near.worst].map((value) => figure(value, 6))];
}
