import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lookBehindFile } from "../../audio/behind.node.ts";
import { DetectingDecoder } from "../../audio/index.ts";
import type { Result } from "../../collection/index.ts";
import { asOrcaError, writingInto } from "../../errors.ts";
import { extract } from "../../extract.ts";
import { Kernels } from "../../kernels/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { spectrogramPng } from "../../output/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { wav16 } from "../../sample/wav-writer.ts";
import { printNote } from "../print.ts";
import { fileBytes } from "../readable-file.ts";

/**
 * A WAV of each result, with its spectrogram as the model sees it beside it, in a folder. Names begin with the rank, so that
 * a list of files is in order. Each recording is read once; one that is not there is said, and passed over.
 * @param path  where a recording lies, by its name
 */
export async function writeClips(
  results: readonly Result[],
  folder: string,
  model: string,
  runtime: Runtime,
  path: (name: string) => string,
): Promise<void> {
  await writingInto(folder, () => makeFolder(folder));
  const ranked = results.map((result, at) => ({ result, rank: at + 1 }));
  const byRecording = Map.groupBy(ranked, ({ result }) => result.recording.name);
  for (const [name, clips] of byRecording) {
    const file = path(name);
    if (!existsSync(file)) {
      printNote(`${name}: there is no ${file}, so there are no clips of it. --audio says where recordings lie.`);
      continue;
    }
    try {
      for (const { rank, samples, rate, result } of await cut(file, clips, runtime)) {
        const bytes = wav16(samples, rate);
        const bare = name.replaceAll(/[^\p{L}\p{N}.-]+/gu, "_").replace(/\.[^.]*$/, "");
        const title = `${String(rank).padStart(3, "0")}_${bare}_${result.start.toFixed(2)}`;
        const picture = await pictureOf(bytes, model, runtime);
        await writingInto(folder, async () => {
          await writeFile(join(folder, `${title}.wav`), bytes);
          if (picture !== undefined) await writeFile(join(folder, `${title}.png`), picture);
        });
      }
    } catch (thrown) {
      const { code, message } = asOrcaError(thrown);
      if (code === "unwritable") throw thrown;
      printNote(`${name}: ${message}`);
    }
  }
}

interface Clip {
  readonly rank: number;
  readonly result: Result;
  readonly samples: Float32Array;
  readonly rate: number;
}

/** The samples of stretches of a recording, the mean of its channels at its own rate; it is read up to the last of them. */
async function cut(
  file: string,
  clips: readonly { readonly rank: number; readonly result: Result }[],
  runtime: Runtime,
): Promise<Clip[]> {
  const kernels = new Kernels(runtime.kernels);
  const options = { channel: "mean" as const, file, ...(await lookBehindFile(file)) };
  const decoder = new DetectingDecoder(kernels, runtime.codecs ?? {}, options);
  const last = Math.max(...clips.map(({ result }) => result.end));
  const pieces = clips.map(() => [] as Float32Array[]);
  let heard = 0;
  const take = (samples: Float32Array) => {
    const rate = decoder.info?.rate ?? 1;
    for (const [at, { result }] of clips.entries()) {
      const from = Math.max(0, Math.round(result.start * rate) - heard);
      const to = Math.min(samples.length, Math.round(result.end * rate) - heard);
      if (to > from) pieces[at]?.push(samples.slice(from, to));
    }
    heard += samples.length;
    return heard > last * rate;
  };
  let enough = false;
  for await (const bytes of fileBytes(file)) {
    for (const samples of decoder.push(bytes)) enough ||= take(samples);
    if (enough) break;
  }
  if (!enough) for (const samples of decoder.flush()) take(samples);
  return clips.map((clip, at) => {
    const parts = pieces[at] ?? [];
    const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let filled = 0;
    for (const part of parts) {
      samples.set(part, filled);
      filled += part.length;
    }
    return { ...clip, samples, rate: decoder.info?.rate ?? 1 };
  });
}

/** What the model sees of a clip; undefined where it takes the waveform itself. */
async function pictureOf(bytes: Uint8Array, model: string, runtime: Runtime): Promise<Uint8Array | undefined> {
  const { spectrogram, header } = await extract(bytes, model, { runtime }).result();
  if (spectrogram === undefined || header.spectrogram === undefined || spectrogram.length === 0) return undefined;
  return spectrogramPng(spectrogram, header.spectrogram.bands);
}
