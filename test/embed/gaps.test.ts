import { beforeAll, expect, test } from "vitest";
import { DEFAULT_OPTIONS, embed } from "../../src/embed/index.ts";
import { joinBytes } from "../../src/join.ts";
import type { EmbedRecord } from "../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { flacFrame, flacHeader } from "../audio/flac/support/flac-writer.ts";
import { wander } from "../audio/flac/support/signal.ts";
import { cut } from "../support/cuts.ts";
import { seededFolder } from "../support/test-models.ts";

const RATE = 16_000;
let runtime: Runtime;
beforeAll(async () => {
  runtime = await nodeRuntime(seededFolder);
});

/** Seconds of sound, each a FLAC frame; from `jump` on so many samples later by their numbers. */
function flac(seconds: readonly number[], jump = seconds.length, samples = 0): Uint8Array {
  const frames = seconds.map((seed, at) =>
    flacFrame({
      channels: [wander(RATE, 16, seed)],
      bits: 16,
      number: at * RATE + (at < jump ? 0 : samples),
      variable: true,
    }),
  );
  return joinBytes([flacHeader({ rate: RATE, channels: 1, bits: 16, largest: RATE }), ...frames]);
}

async function windowsOf(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]) {
  const start = { utc: Date.UTC(2024, 4, 1), source: "request", uncertainty: 0 } as const;
  const source = cut(bytes, sizes)[Symbol.iterator]();
  const load = () => runtime.store.load("yamnet", "fp32");
  const options = { ...DEFAULT_OPTIONS, start };
  const records: EmbedRecord[] = [];
  for await (const record of embed({ next: async () => source.next() }, load, runtime, options)) records.push(record);
  const windows = records.filter((record) => record.type === "window");
  return { windows, summary: records.at(-1) };
}

test("behind a gap windows are those of another recording, and their time leaps by it", async () => {
  const whole = await windowsOf(flac([1, 2, 3, 4], 2, 100 * RATE));
  const parts = [await windowsOf(flac([1, 2])), await windowsOf(flac([3, 4]))];
  expect(whole.windows.map(({ embedding }) => Array.from(embedding))).toEqual(
    parts.flatMap(({ windows }) => windows.map(({ embedding }) => Array.from(embedding))),
  );
  const count = parts[0]?.windows.length ?? 0;
  const first = whole.windows[count];
  expect(first).toMatchObject({ index: count, start: 2, utc: "2024-05-01T00:01:42.000Z" });
  expect(whole.windows[count - 1]?.utc).toBe("2024-05-01T00:00:01.440Z");
  expect(whole.summary).toMatchObject({
    seconds: 4,
    complete: false,
    findings: expect.arrayContaining([expect.objectContaining({ code: "gap", lost: true, seconds: 2 })]),
  });
  // However the bytes are cut.
  expect(await windowsOf(flac([1, 2, 3, 4], 2, 100 * RATE), [777])).toEqual(whole);
});
