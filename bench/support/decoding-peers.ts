import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { medianOf, type Row } from "./measure.ts";

/** The codecs of the bench with ffmpeg's options for each: 48 kHz, two channels. */
export const CODED = {
  "AAC-LC in ADTS, 128 kbit/s": ["-c:a", "aac", "-b:a", "128k", "-f", "adts"],
  "FLAC, 16 bits": ["-c:a", "flac", "-sample_fmt", "s16", "-f", "flac"],
  "MP3, 128 kbit/s": ["-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"],
  "Ogg Vorbis": ["-c:a", "libvorbis", "-f", "ogg"],
  "Ogg Opus, 96 kbit/s": ["-c:a", "libopus", "-b:a", "96k", "-f", "ogg"],
} as const;

/** Makes the file of each codec with ffmpeg and hands it over, with ffmpeg's own decoding of it; undefined without ffmpeg. */
export async function codedFile(
  options: readonly string[],
  seconds: number,
  times: number,
): Promise<{ file: Uint8Array; peer: Row } | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "orca-bench-"));
  try {
    const path = join(folder, "file");
    const source = `anoisesrc=r=48000:a=0.1:c=pink:d=${seconds}[a];sine=900:r=48000:d=${seconds}[b];[a][b]join`;
    const made = spawnSync("ffmpeg", ["-v", "error", "-filter_complex", source, ...options, "-y", path]);
    if (made.status !== 0) return undefined;
    const time = await medianOf(3, () =>
      spawnSync("ffmpeg", ["-v", "error", "-i", path, "-f", "f32le", "-y", "/dev/null"]),
    );
    return {
      file: new Uint8Array(readFileSync(path)),
      peer: { name: "ffmpeg, native, with its start", time: time * times },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
