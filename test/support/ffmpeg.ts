import { spawnSync } from "node:child_process";

/** ffmpeg is the oracle, and the encoder of the test streams; without it those tests are skipped. */
export const ffmpegExists = spawnSync("ffmpeg", ["-version"]).status === 0;
if (!ffmpegExists) console.warn("Skipped: tests against ffmpeg, because ffmpeg is not there.");

/** Runs ffmpeg from its standard input to its standard output, or to what `to` names. */
export function ffmpeg(
  args: readonly string[],
  input: Uint8Array = new Uint8Array(0),
  to: readonly string[] = ["-"],
): Uint8Array<ArrayBuffer> {
  const { status, stdout, stderr } = spawnSync("ffmpeg", ["-v", "error", ...args, ...to], {
    input,
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`ffmpeg ${args.join(" ")}: ${stderr}`);
  return new Uint8Array(stdout);
}

/** What ffmpeg decodes of a recording, interleaved. @param input  options before its input, which is a path or standard input */
export function decodedByFfmpeg(path: string, input: readonly string[] = []): Float32Array {
  const bytes = ffmpeg([...input, "-i", path, "-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le"]);
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}
