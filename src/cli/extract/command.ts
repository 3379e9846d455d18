import { createReadStream } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { metadataBehind } from "../../audio/riff-tail.node.ts";
import { type EmbedOptions, SEEDED_WARNING, type SummaryRecord } from "../../embed/index.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { extract } from "../../extract.ts";
import type { ModelName } from "../../models/index.ts";
import type { EngineName } from "../../onnx/index.ts";
import type { Encoding } from "../../output/index.ts";
import { MODELS_FOLDER, nodeRuntime, type Runtime } from "../../runtime.node.ts";
import { embedOptions, formatList, modelList } from "../options.ts";
import { Progress } from "../progress.ts";
import { readableFile } from "../readable-file.ts";
import { type Format, openRecordFile } from "./record-files.ts";

/** What is the same for every file of one call. */
interface Job {
  readonly runtime: Runtime;
  readonly options: EmbedOptions;
  readonly variant: string;
  readonly engine: EngineName;
  readonly encoding: Encoding;
  readonly formats: readonly Format[];
  readonly out: string;
}

/** The command's options as commander gives them. */
interface Given {
  readonly model: string;
  readonly out: string;
  readonly format: string;
  readonly models: string;
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
    .description("Embeddings of recordings, as NDJSON, CSV or npz.")
    .argument("<files...>", "recordings; - is standard input")
    .option("-m, --model <names>", "vggish, yamnet, humpback, several with commas, or all", "yamnet")
    .option("-o, --out <dir>", "folder for the results", "embeddings")
    .option("-f, --format <names>", "ndjson, csv, npz, or several with commas", "ndjson")
    .option("--include <names>", "scores, spectrogram, or both with a comma")
    .option("--channel <choice>", "mean, or a channel counted from 0 (default: mean)")
    .option("--pcen <mode>", "Humpback's smoother: clip or window (default: clip)")
    .option("--postprocess <name>", "VGGish's embeddings: none, or pca for whole numbers 0 to 255 (default: none)")
    .option("--variant <name>", "form of the weights: fp32, edge (ort) or int8 (kernels) (default: fp32)")
    .option("--engine <name>", "what runs the nets: ort or kernels (default: ort)")
    .option("--encoding <name>", "arrays in NDJSON: numbers or base64 (default: numbers)")
    .option("--pcm <layout>", "the files are raw PCM: u8, s16le, s24le, s32le, s64le, f32le, f64le, or …be")
    .option("--rate <hertz>", "sample rate of raw PCM")
    .option("--channels <count>", "channels of raw PCM (default: 1)")
    .option("--start <time>", "when the one recording began: ISO 8601 with Z or an offset, or seconds since 1970")
    .option(
      "--zone <offset>",
      "zone of times in recordings and their names that state none, like -07:00 (default: UTC)",
    )
    .option("--models <dir>", "where the models are", MODELS_FOLDER)
    .action((files: string[], given: Given) => extractAll(files, given));
}

async function extractAll(files: readonly string[], given: Given): Promise<void> {
  const { model, out, format, models: folder, ...rest } = given;
  const models = modelList(model);
  const formats = formatList(format);
  checkNames(files);
  checkStart(files, given.start);
  const job: Job = { ...embedOptions(rest), runtime: await nodeRuntime(folder), formats, out };
  let failed = 0;
  for (const file of files) {
    try {
      for (const name of models) await extractOne(file, name, job);
    } catch (thrown) {
      // One bad file does not cost the others their results.
      const error = asOrcaError(thrown);
      console.error(`orca-embed: ${file}: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}`);
      failed++;
    }
  }
  if (failed > 0) process.exitCode = 1;
}

/** Results are named by the file's name alone: two files of one name would write over each other. */
function checkNames(files: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const name = basename(file);
    const other = seen.get(name);
    if (other !== undefined) {
      throw new OrcaError("bad_option", `${other} and ${file} would both write ${name}.*.`, {
        hint: "Give them in two calls with different --out folders.",
      });
    }
    seen.set(name, file);
  }
}

function checkStart(files: readonly string[], start: string | undefined): void {
  if (start === undefined || files.length <= 1) return;
  throw new OrcaError("bad_option", `--start ${start} cannot be the start of ${files.length} recordings.`, {
    field: "start",
    hint: "Give one recording, or leave --start away.",
  });
}

async function extractOne(file: string, model: ModelName, job: Job): Promise<void> {
  const name = file === "-" ? "stdin" : basename(file);
  const target = (format: Format) => join(job.out, `${name}.${model}.${format}`);
  const audio = file === "-" ? process.stdin : createReadStream(await readableFile(file));
  const outputs = await Promise.all(
    job.formats.map((format) => openRecordFile(target(format), format, job.encoding, job.options.scores)),
  );
  let progress: Progress | undefined;
  let summary: SummaryRecord | undefined;
  try {
    const named = file === "-" ? {} : { file: resolve(file), metadata: await metadataBehind(file) };
    const options = { ...job.options, variant: job.variant, engine: job.engine, ...named };
    for await (const record of extract(audio, model, job.runtime, options)) {
      for (const output of outputs) await output.push(record);
      if (record.type === "header") {
        if (record.weights === "seeded") console.error(`${name}: ${model}: ${SEEDED_WARNING}`);
        progress = new Progress(`${name} ${model}`, record.source.seconds);
      } else if (record.type === "window") progress?.at(record.end);
      else summary = record;
    }
    for (const output of outputs) await output.close();
  } catch (thrown) {
    await Promise.all(outputs.map((output) => output.discard()));
    throw thrown;
  } finally {
    progress?.stop();
  }
  if (summary === undefined || progress === undefined) return;
  const speed = progress.speed(summary.seconds).toFixed(1);
  console.log(
    `${job.formats.map(target).join(" ")}: ${summary.windows} windows of ${summary.seconds.toFixed(1)} s, ${speed} x real time`,
  );
  for (const finding of summary.findings) console.error(`${name}: ${finding.message}`);
}
