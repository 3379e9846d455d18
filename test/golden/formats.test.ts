import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type Extraction, extract } from "../../src/extract.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { cosine } from "../support/compare.ts";
import { decodedByFfmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { LONG } from "../support/long.ts";
import { MODEL_NAMES } from "../support/models.ts";
import { fmt, riff } from "../support/recordings.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { referenceFolder } from "../support/test-models.ts";

const CALL = "audio/orca_srkw_FO-S01_44k1";

/** The least cosine of two recordings' windows. */
function agreement(a: Extraction, b: Extraction): number {
  expect(b.starts).toEqual(a.starts);
  const width = a.header.embedding;
  const cosines = Array.from(a.starts, (_, row) =>
    cosine(
      a.embeddings.subarray(row * width, (row + 1) * width),
      b.embeddings.subarray(row * width, (row + 1) * width),
    ),
  );
  return Math.min(...cosines);
}

describe.skipIf(!sharedExists || !ffmpegExists)("one call in FLAC, WAV, MP3 and Ogg", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await nodeRuntime(referenceFolder);
  });

  test.each(LONG ? MODEL_NAMES : (["yamnet"] as const))(
    "%s: embeddings agree as far as the codec allows",
    async (model) => {
      const of = (file: Uint8Array) => extract(file, model, { runtime }).result();
      const samples = decodedByFfmpeg(sharedPath(`${CALL}.flac`));
      const data = new Uint8Array(Int16Array.from(samples, (value) => value * 32768).buffer);
      const flac = await of(new Uint8Array(readFileSync(sharedPath(`${CALL}.flac`))));
      expect(flac.starts.length).toBeGreaterThan(0);
      const wav = await of(riff([fmt(1, 44100, 16), { id: "data", body: data }]));
      expect(wav.embeddings).toEqual(flac.embeddings);
      const lossy = await Promise.all(
        ["mp3", "ogg"].map(async (name) =>
          agreement(flac, await of(new Uint8Array(readFileSync(sharedPath(`${CALL}.${name}`))))),
        ),
      );
      const [mp3 = 0, ogg = 0] = lossy;
      console.log(`${model}: cosine to FLAC: WAV 1 (the same bits), MP3 ${mp3.toFixed(6)}, Ogg ${ogg.toFixed(6)}`);
      // What a codec leaves out differs from call to call; an offset by one hop, or a wrong rate, would be far below.
      expect(mp3).toBeGreaterThan(0.9);
      expect(ogg).toBeGreaterThan(0.9);
    },
  );
});
