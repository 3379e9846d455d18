import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import libsamplerate from "@alexanderolsen/libsamplerate-js";
import { noiseBlock } from "../stages.ts";
import { medianOf, type Row } from "./measure.ts";

/** sox's `rate -v` (soxr's VHQ recipe, native) over a file of raw float32, the process' start included. */
export async function sox(from: number, to: number, seconds: number): Promise<Row> {
  const name = "sox rate -v (native)";
  if (spawnSync("sox", ["--version"]).status !== 0) return { name, time: undefined, note: "apt-get install sox" };
  const folder = mkdtempSync(join(tmpdir(), "orca-bench-"));
  const file = join(folder, "noise.f32");
  const block = noiseBlock(from * Math.min(60, seconds));
  writeFileSync(file, "");
  for (let done = 0; done < seconds; done += 60) {
    writeFileSync(file, new Uint8Array(block.buffer, 0, 4 * from * Math.min(60, seconds - done)), { flag: "a" });
  }
  const args = [
    "--single-threaded",
    "-t",
    "f32",
    "-r",
    String(from),
    "-c",
    "1",
    file,
    "-t",
    "f32",
    "/dev/null",
    "rate",
    "-v",
    String(to),
  ];
  const time = await medianOf(3, () => spawnSync("sox", args));
  rmSync(folder, { recursive: true });
  return { name, time };
}

/** libsamplerate in WebAssembly; slow, so a tenth of the audio is timed and multiplied. */
export async function libsamplerateJs(
  kind: "SRC_SINC_FASTEST" | "SRC_SINC_BEST_QUALITY",
  from: number,
  to: number,
  seconds: number,
): Promise<Row> {
  const { create, ConverterType } = libsamplerate;
  const resampler = await create(1, from, to, { converterType: ConverterType[kind] });
  const block = noiseBlock(from);
  const part = seconds / (kind === "SRC_SINC_FASTEST" ? 10 : 30);
  const time = await medianOf(1, () => {
    for (let second = 0; second < part; second++) resampler.full(block);
  });
  resampler.destroy();
  return {
    name: `libsamplerate-js ${kind} (WebAssembly)`,
    time: (time * seconds) / part,
    note: `${part.toFixed(0)} s timed`,
  };
}
