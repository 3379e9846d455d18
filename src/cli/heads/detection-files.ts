import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { asOrcaError, writingInto } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import {
  type Detection,
  type DetectionFormat,
  detectionFiles,
  detectionsPage,
  flac16,
  type Heard,
  parquetDetections,
} from "../../output/index.ts";
import { nodeRuntime } from "../../runtime.node.ts";
import { Draft } from "../draft.ts";
import { printNote } from "../print.ts";
import { clipsOf } from "../recordings/clips.ts";

export interface DetectionFiles {
  /** Folder. */
  readonly out: string;
  readonly formats: readonly DetectionFormat[];
  readonly clips: boolean;
  readonly collection: string;
  readonly heads: string;
  /** The highest frequency of the clips' pictures, Hz; half of each recording's rate where it is left out. */
  readonly highest: number | undefined;
}

/** Detections that a page shows, and clips are made of, at most: the surest. */
const MOST_HEARD = 500;

/** Writes what was found. Returns how many clips, where they are wanted. */
export async function writeDetections(detections: readonly Detection[], files: DetectionFiles): Promise<number> {
  const { out, formats, collection, heads } = files;
  if (formats.includes("parquet")) await write(join(out, "detections.parquet"), [parquetDetections(detections)]);
  for (const format of formats)
    for (const { name, pieces } of detectionFiles(detections, format, heads)) await write(join(out, name), pieces);
  const page = formats.includes("html");
  if (!page && !files.clips) return 0;
  const surest = detections.toSorted((a, b) => b.peak - a.peak).slice(0, MOST_HEARD);
  if (surest.length < detections.length)
    printNote(`The ${surest.length} surest of ${detections.length} are heard and seen.`);
  const heard = files.clips ? await heardOf(surest, files) : surest.map((detection) => ({ detection }));
  if (page) await write(join(out, "detections.html"), [detectionsPage(collection, heads, heard, detections.length)]);
  return heard.filter(({ sound }: Heard) => sound !== undefined).length;
}

/** A FLAC of each detection, and its spectrogram. */
async function heardOf(detections: readonly Detection[], { out, highest }: DetectionFiles): Promise<Heard[]> {
  const runtime = await nodeRuntime();
  const clips = join(out, "clips");
  await makeFolder(clips);
  const heard = new Map<Detection, Heard>(detections.map((detection) => [detection, { detection }]));
  for (const [path, own] of Map.groupBy(detections, (one) => one.path)) {
    if (!existsSync(path)) {
      printNote(`${path} is not there, so there are no clips of it. --audio says where recordings lie.`);
      continue;
    }
    try {
      for await (const { of: detection, samples, rate, picture } of clipsOf(path, own, runtime, highest)) {
        const bare = detection.recording.replaceAll(/[^\p{L}\p{N}.-]+/gu, "_").replace(/\.[^.]*$/, "");
        const title = `${bare}_${detection.start.toFixed(2)}_${detection.class.replaceAll(/[^\p{L}\p{N}-]+/gu, "_")}`;
        await writingInto(clips, async () => {
          await writeFile(join(clips, `${title}.flac`), flac16(samples, rate));
          if (picture !== undefined) await writeFile(join(clips, `${title}.png`), picture);
        });
        const pictured = picture === undefined ? {} : { picture: `clips/${encodeURIComponent(title)}.png` };
        heard.set(detection, { detection, sound: `clips/${encodeURIComponent(title)}.flac`, ...pictured });
      }
    } catch (thrown) {
      const error = asOrcaError(thrown);
      if (error.code === "unwritable") throw error;
      printNote(`${path}: ${error.message}`);
    }
  }
  return [...heard.values()];
}

async function write(path: string, pieces: Iterable<string | Uint8Array>): Promise<void> {
  await makeFolder(dirname(path));
  const draft = new Draft(path);
  for (const piece of pieces) await draft.write(piece);
  await draft.keep();
}
