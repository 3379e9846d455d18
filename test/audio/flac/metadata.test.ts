import { expect, test } from "vitest";
import { FlacDecoder } from "../../../src/audio/flac/index.ts";
import { joinBytes } from "../../../src/join.ts";
import { Kernels } from "../../../src/kernels/index.ts";
import { cut } from "../../support/cuts.ts";
import { codecModules, kernelModule } from "../../support/runtime.ts";
import { chunk, latin } from "../../support/wav.ts";
import { bext, utf8, vorbisComment } from "../../times/support/metadata-writer.ts";
import { smallFlac } from "./support/signal.ts";

/** A metadata block: RFC 9639, section 8.1. */
function block(type: number, contents: Uint8Array, last = false): Uint8Array {
  const { length } = contents;
  return joinBytes([Uint8Array.of(type | (last ? 128 : 0), length >> 16, (length >> 8) & 255, length & 255), contents]);
}

const foreign = (id: string, contents: Uint8Array) =>
  block(2, joinBytes([latin("riff"), chunk(id, contents, { pad: false })]));

test("Vorbis comments and the chunks of the WAV file that it was made from, however the bytes are cut", () => {
  const { file, samples } = smallFlac({ frames: 3, channels: 1 });
  const [guano, broadcast, comments] = [
    utf8("GUANO|Version: 1.0"),
    bext("2024-05-01", "12:00:00"),
    vorbisComment(["A=b"]),
  ];
  const head = file.slice(0, 42);
  // STREAMINFO is no longer the last block.
  head[4] = (head[4] as number) & 127;
  const whole = joinBytes([
    head,
    foreign("RIFF", latin("WAVE")),
    foreign("guan", guano),
    block(2, latin("peemXYZ")),
    block(2, latin("ri")),
    block(6, new Uint8Array(70_000)),
    foreign("bext", broadcast),
    foreign("data", new Uint8Array(0)),
    block(4, comments, true),
    file.subarray(42),
  ]);
  for (const size of [whole.length, 1, 7, 1000]) {
    const decoder = new FlacDecoder({
      kernels: new Kernels(kernelModule),
      codecs: codecModules,
      channel: "mean",
      start: 0,
    });
    let count = 0;
    for (const piece of cut(whole, [size])) for (const part of decoder.push(piece)) count += part.length;
    for (const part of decoder.flush()) count += part.length;
    expect(count).toBe(samples[0]?.length);
    expect(decoder.metadata()).toEqual([
      { kind: "guano", bytes: guano, cut: false },
      { kind: "bext", bytes: broadcast, cut: false },
      { kind: "vorbis", bytes: comments, cut: false },
    ]);
    expect(decoder.findings().filter(({ lost }) => lost)).toEqual([]);
  }
});
