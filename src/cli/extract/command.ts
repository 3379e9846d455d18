import { availableParallelism } from "node:os";
import { Command } from "commander";
import { SEEDED_WARNING } from "../../embed/index.ts";
import { asOrcaError, type ErrorCode, OrcaError } from "../../errors.ts";
import { MODELS_FOLDER, nodeRuntime } from "../../runtime.node.ts";
import { classList } from "../class-list.ts";
import { embedOptions, formatList, modelList } from "../options.ts";
import { extractOne, type Setup } from "./extract-one.ts";
import { type Request, run } from "./run.ts";
import { resultLine } from "./say.ts";

/** The command's options as commander gives them. */
interface Given {
  readonly model: string;
  readonly out: string;
  readonly format: string;
  readonly models: string;
  readonly jobs: string;
  readonly minScore: string;
  readonly redo?: boolean;
  readonly base?: string;
  readonly classes?: string;
  readonly include?: string;
  readonly channel?: string;
  readonly pcen?: string;
  readonly postprocess?: string;
  readonly variant?: string;
  readonly engine?: string;
  readonly encoding?: string;
  readonly pcm?: string;
  readonly rate?: string;
  readonly channels?: string;
  readonly start?: string;
  readonly zone?: string;
}

export function extractCommand(): Command {
  return new Command("extract")
    .description("Embeddings of recordings, as NDJSON, CSV, npz, Parquet or Raven selection tables.")
    .argument("<recordings...>", "files, folders, or patterns in quotes like 'site-*/**/*.flac'; - is standard input")
    .option("-m, --model <names>", "a model, several with commas, or all that are here", "yamnet")
    .option("-o, --out <dir>", "folder for the results", "embeddings")
    .option("-f, --format <names>", "ndjson, csv, npz, parquet, raven, or several with commas", "ndjson")
    .option("-j, --jobs <count>", "processes that share the recordings; auto: one for each core", "1")
    .option("--redo", "make results again that are there already, or that were made with other options")
    .option("--base <dir>", "results lie in --out as recordings lie in it (default: what holds all of them)")
    .option("--include <names>", "scores, spectrogram, or both with a comma")
    .option("--channel <choice>", "mean, or a channel counted from 0 (default: mean)")
    .option("--pcen <mode>", "Humpback's smoother: clip or window (default: clip)")
    .option("--postprocess <name>", "VGGish's embeddings: none, or pca for whole numbers 0 to 255 (default: none)")
    .option("--variant <name>", "form of the weights: fp32 or int8 (default: fp32)")
    .option("--engine <name>", "what runs the nets: auto, kernels or ort (default: auto)")
    .option("--encoding <name>", "arrays in NDJSON: numbers or base64 (default: numbers)")
    .option("--min-score <score>", "Raven: leave out windows whose best class scores less", "0")
    .option("--classes <file>", "Raven: AudioSet's list of YAMNet's classes, where none is kept beside the model")
    .option("--pcm <layout>", "the files are raw PCM: u8, s16le, s24le, s32le, s64le, f32le, f64le, or …be")
    .option("--rate <hertz>", "sample rate of raw PCM")
    .option("--channels <count>", "channels of raw PCM (default: 1)")
    .option("--start <time>", "when the one recording began: ISO 8601 with Z or an offset, or seconds since 1970")
    .option(
      "--zone <offset>",
      "zone of times in recordings and their names that state none, like -07:00 (default: UTC)",
    )
    .option("--models <dir>", "where the models are", MODELS_FOLDER)
    .action(async (given: string[], chosen: Given) => {
      try {
        await extractAll(given, chosen);
      } catch (thrown) {
        if (CANNOT_BEGIN.has(asOrcaError(thrown).code)) process.exitCode = 2;
        throw thrown;
      }
    });
}

/** What ends a run with 2, because it was asked for what cannot be; 1 is for what failed. */
const CANNOT_BEGIN: ReadonlySet<ErrorCode> = new Set(["bad_option", "unknown_model", "unknown_variant", "busy"]);

async function extractAll(given: readonly string[], chosen: Given): Promise<void> {
  const { model, out, format, models: modelsFolder, jobs, minScore, redo, base, classes, ...rest } = chosen;
  const { options, variant, engine, encoding } = embedOptions(rest);
  const setup: Setup = {
    models: modelsFolder,
    options,
    variant,
    engine,
    layout: {
      encoding,
      scores: options.scores,
      spectrogram: options.spectrogram,
      minScore: fraction(minScore),
      classes: classes === undefined ? [] : (await classList(classes)).map(({ name }) => name),
    },
    out,
  };
  const request: Request = {
    given,
    models: await modelList(model, modelsFolder),
    formats: formatList(format),
    setup,
    jobs: jobCount(jobs),
    redo: redo === true,
    base,
  };
  if (given.includes("-")) await extractInput(request);
  else if ((await run(request)) > 0) process.exitCode = 1;
}

/** Standard input: it comes once, so no manifest says whether it was done. */
async function extractInput({ given, models, formats, setup }: Request): Promise<void> {
  const [model, ...others] = models;
  if (given.length > 1 || model === undefined || others.length > 0) {
    throw new OrcaError("bad_option", "Standard input (-) can be read once, by one model, and by itself.", {
      hint: "Give one --model and no other recording, or save it to a file first.",
    });
  }
  const runtime = await nodeRuntime(setup.models);
  const { weights } = await runtime.store.entry(model);
  if (weights === "seeded") console.error(`${model}: ${SEEDED_WARNING}`);
  const task = { id: 0, path: "-", name: "stdin", model, formats };
  const outcome = await extractOne(task, setup, runtime, () => undefined);
  console.log(resultLine(task, outcome, setup.out));
  for (const { message } of outcome.findings) console.error(`stdin: ${message}`);
}

function jobCount(text: string): number {
  if (text === "auto") return availableParallelism();
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 256) return jobs;
  throw new OrcaError("bad_option", `--jobs ${text} is not a whole number from 1 to 256.`, {
    field: "jobs",
    hint: "Or auto: one process for each core.",
  });
}

function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new OrcaError("bad_option", `--min-score ${text} is not a number from 0 to 1.`, { field: "min-score" });
}
