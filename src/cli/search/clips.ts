import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Result } from "../../collection/index.ts";
import { asOrcaError, writingInto } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { Runtime } from "../../runtime.node.ts";
import { wav16 } from "../../sample/wav-writer.ts";
import { printNote } from "../print.ts";
import { clipsOf } from "../recordings/clips.ts";

/**
 * A WAV of each result, with its spectrogram beside it, in a folder. Names begin with the rank, so that a list of files is in
 * order. Each recording is read once; one that is not there is said, and passed over. Returns how many clips were written.
 * @param highest  frequency of the pictures, Hz; half of each recording's rate where it is left out
 * @param path  where a recording lies, by its name
 */
export async function writeClips(
  results: readonly Result[],
  folder: string,
  highest: number | undefined,
  runtime: Runtime,
  path: (name: string) => string,
): Promise<number> {
  let written = 0;
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
      const stretches = clips.map(({ rank, result: { start, end } }) => ({ rank, start, end }));
      for await (const { of, samples, rate, picture } of clipsOf(file, stretches, runtime, highest)) {
        const bytes = wav16(samples, rate);
        const bare = name.replaceAll(/[^\p{L}\p{N}.-]+/gu, "_").replace(/\.[^.]*$/, "");
        const title = `${String(of.rank).padStart(3, "0")}_${bare}_${of.start.toFixed(2)}`;
        await writingInto(folder, async () => {
          await writeFile(join(folder, `${title}.wav`), bytes);
          if (picture !== undefined) await writeFile(join(folder, `${title}.png`), picture);
        });
        written++;
      }
    } catch (thrown) {
      const { code, message } = asOrcaError(thrown);
      if (code === "unwritable") throw thrown;
      printNote(`${name}: ${message}`);
    }
  }
  return written;
}
