/**
 * npm run demo: the whole way in one command. Builds kernels and models, starts the Worker, streams a recording to it,
 * shows each window as it comes back, writes the results to a folder, and stops what it started.
 *
 *   npm run demo -- --audio FILE --model humpback --out results --realtime
 *   npm run demo -- --projector    makes a bundle for the Embedding Projector instead, and serves it until Ctrl-C
 */

import { createReadStream } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { openRecordFile, type RecordFile } from "../src/cli/extract/record-files.ts";
import { modelList } from "../src/cli/options.ts";
import { projectCommand } from "../src/cli/project/command.ts";
import { joinFloats } from "../src/join.ts";
import { namesIn } from "../src/options/index.ts";
import { spectrogramPng } from "../src/output/index.ts";
import { type HeaderRecord, readRecords, type WindowRecord } from "../src/records/index.ts";
import { MODELS_FOLDER } from "../src/runtime.node.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";
import { buildAll } from "./support/build.ts";
import { type DevWorker, startDevWorker } from "./support/dev-worker.ts";
import { whenParentEnds } from "./support/parent.ts";
import { Waterfall } from "./support/waterfall.ts";

const USAGE = "npm run demo -- [--audio FILE] [--model NAME,…|all] [--out DIR] [--realtime] [--projector]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      audio: { type: "string" },
      model: { type: "string", default: "all" },
      out: { type: "string", default: "results" },
      realtime: { type: "boolean", default: false },
      projector: { type: "boolean", default: false },
    },
  });
  const audio = values.audio ?? join(values.out, "orca-scene.wav");
  if (values.audio !== undefined && !(await stat(values.audio).catch(() => undefined))?.isFile()) {
    throw new Error(`${values.audio} is not a file.`);
  }
  await mkdir(values.out, { recursive: true });
  if (values.audio === undefined) {
    console.log("Synthesising the sample: orca-like calls, clicks and a passing ship …");
    await writeFile(audio, wav16(orcaScene(), SCENE_RATE));
  }
  await buildAll((sentence) => console.log(sentence));
  const models = await modelList(namesIn(values.model), MODELS_FOLDER);
  if (values.projector) {
    const folder = join(values.out, "projector");
    console.log(`Embedding ${audio} …`);
    const args = [audio, "--model", values.model, "--out", folder, "--serve"];
    await projectCommand().parseAsync(args, { from: "user" });
    return;
  }
  console.log("Starting the Worker (wrangler dev, loopback) …");
  const worker = await startDevWorker();
  const stop = () => void worker.stop().then(() => process.exit(130));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  whenParentEnds(stop);
  try {
    console.log(`The Worker answers at ${worker.url}`);
    for (const model of models) await show(worker, audio, model, values.out, values.realtime);
  } finally {
    await worker.stop();
  }
  console.log(`\nThe Worker is stopped. Results are in ${values.out}/`);
  console.log(
    "See and hear it: npm run dev, then open http://localhost:8787 and drop the recording there. Draw around a call, press F for everything like it.",
  );
}

/** Streams one recording through one model. */
async function show(worker: DevWorker, audio: string, model: string, out: string, realtime: boolean): Promise<void> {
  console.log(`\n── ${model} ${"─".repeat(70 - model.length)}`);
  const started = performance.now();
  const query = "include=scores,spectrogram&encoding=base64";
  const response = await fetch(`${worker.url}/v1/embeddings?model=${model}&${query}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: paced(audio, realtime),
    duplex: "half",
  } as unknown as RequestInit);
  const waterfall = new Waterfall(process.stdout.isTTY && process.stdout.hasColors(2 ** 24));
  const stem = join(out, `${basename(audio)}.${model}`);
  const files: RecordFile[] = [];
  const layout = {
    encoding: "numbers",
    scores: true,
    spectrogram: true,
    outputs: [],
    minScore: 0,
    classes: [],
  } as const;
  for (const format of ["ndjson", "npz"] as const)
    files.push(await openRecordFile(`${stem}.${format}`, format, layout, { name: basename(audio), path: audio }));
  let header: HeaderRecord | undefined;
  const picture: Float32Array[] = [];
  for await (const record of readRecords(response)) {
    if (record.type === "gap" || record.type === "waiting") continue;
    for (const file of files) await file.push(record);
    if (record.type === "header") {
      header = record;
      describe(record);
    } else if (record.type === "window" && header !== undefined) {
      const speed = record.end / ((performance.now() - started) / 1000);
      const frames = record.spectrogram ?? new Float32Array(0);
      const { hop = 1, bands = 0 } = header.spectrogram ?? {};
      const fresh = Math.round(header.window.hop / hop) * bands;
      picture.push(picture.length === 0 ? frames : frames.subarray(frames.length - fresh));
      const times = `${record.start.toFixed(2).padStart(7)}–${record.end.toFixed(2).padEnd(7)}s`;
      console.log(
        `${times}│${waterfall.line(frames, bands)}│ ${speed.toFixed(1).padStart(5)} x real time  ${norm(record)}`,
      );
    } else if (record.type === "summary") {
      const speed = record.seconds / ((performance.now() - started) / 1000);
      console.log(
        `${record.windows} windows of ${record.seconds.toFixed(1)} s of audio, ${speed.toFixed(1)} x real time, start-up included`,
      );
      for (const finding of record.findings) console.log(`  note: ${finding.message}`);
    }
  }
  for (const file of files) await file.close();
  const drawn = header?.spectrogram !== undefined && picture.length > 0;
  if (drawn) await writeFile(`${stem}.png`, spectrogramPng(joinFloats(picture), header?.spectrogram?.bands ?? 0));
  console.log(`Written: ${relative(".", stem)}.{ndjson,npz${drawn ? ",png" : ""}}`);
}

function describe(header: HeaderRecord): void {
  const { source, resampler, window } = header;
  console.log(
    `${source.encoding} ${source.rate} Hz, ${source.channels} channel(s) → ${resampler.to} Hz (${resampler.name})`,
  );
  console.log(
    `windows of ${window.seconds} s every ${window.hop} s, ${header.embedding} numbers each; ${header.engine}`,
  );
  if (header.weights === "seeded") console.log(`SEEDED WEIGHTS: ${header.warning}`);
  const { bands = 0 } = header.spectrogram ?? {};
  if (bands > 8) console.log(`${" ".repeat(16)}│${"low".padEnd(bands - 4)}high│`);
}

function norm(record: WindowRecord): string {
  return `|e| = ${Math.hypot(...record.embedding).toFixed(2)}`;
}

/** The file's bytes, as fast as the sample's 16-bit mono is recorded when `realtime` (other kinds: about as fast). */
async function* paced(path: string, realtime: boolean): AsyncGenerator<Uint8Array> {
  const started = performance.now();
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: realtime ? 9600 : 65536 })) {
    const due = started + (1000 * bytes) / (2 * SCENE_RATE);
    if (realtime) await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    bytes += (chunk as Uint8Array).length;
    yield chunk as Uint8Array;
  }
}

main().catch((thrown: unknown) => {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const ofArguments = thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("ERR_PARSE_ARGS");
  console.error(`${message}${ofArguments ? `\nUsage: ${USAGE}` : ""}`);
  process.exitCode = 1;
});
