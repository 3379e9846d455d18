import { beforeAll, expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../src/embed/index.ts";
import { extract } from "../../src/extract.ts";
import { probability, scoreRules } from "../../src/heads/index.ts";
import { type EmbedRecord, RecordReader, RecordWriter } from "../../src/records/index.ts";
import { nodeRuntime, type Runtime } from "../../src/runtime.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { logitsOf, madeHead } from "../heads/support.ts";
import { cut } from "../support/cuts.ts";
import { noise } from "../support/signals.ts";
import { seededFolder } from "../support/test-models.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nodeRuntime(seededFolder);
});

/** 6 s: loud, silent, loud. */
const samples = noise(96_000, 0.3).map((value, at) => (at > 30_000 && at < 66_000 ? 0 : value));
const FILE = wav16(samples, 16_000);
const head = madeHead(1024, ["call", "ship"]);
const heads = { trained: [{ head, sha256: "f".repeat(64) }], rules: scoreRules("yamnet:3>0.4"), events: { gap: 0.5 } };

async function records(bytes: AsyncIterable<Uint8Array> | Uint8Array, engine?: string) {
  const out: EmbedRecord[] = [];
  const options = {
    ...DEFAULT_OPTIONS,
    heads,
    start: "2026-11-28T12:00:00Z",
    ...(engine === undefined ? {} : { engine }),
  };
  for await (const record of extract(bytes, "yamnet", { ...options, runtime })) out.push(record);
  return out;
}

async function* pieces() {
  yield* cut(FILE, [1777]);
}

test("windows carry what heads say, whatever the cuts, the batch and the engine; text brings it back", async () => {
  const all = await records(FILE);
  expect(all[0]).toMatchObject({
    type: "header",
    heads: [
      {
        id: "made",
        sha256: "f".repeat(64),
        classes: [
          { name: "call", threshold: 0.5 },
          { name: "ship", threshold: 0.5 },
        ],
      },
      { id: "yamnet", classes: [{ name: "class 3", threshold: 0.4 }] },
    ],
  });
  const windows = all.filter((record) => record.type === "window");
  expect(windows.length).toBeGreaterThan(8);
  for (const { embedding, heads: said, scores } of windows) {
    expect(scores).toBeUndefined();
    for (const [k, logit] of logitsOf(head, embedding).entries())
      expect(Math.abs((said?.made?.[head.classes[k]?.name ?? ""] ?? 2) - probability(logit, undefined))).toBeLessThan(
        1e-9,
      );
  }
  expect(await records(pieces())).toEqual(all);
  for (const engine of ["kernels", "ort"]) {
    for (const record of await records(FILE, engine)) {
      if (record.type !== "window") continue;
      for (const [k, logit] of logitsOf(head, record.embedding).entries())
        expect(record.heads?.made?.[head.classes[k]?.name ?? ""]).toBeCloseTo(probability(logit, undefined), 9);
    }
  }
  const writer = new RecordWriter("base64");
  const reader = new RecordReader();
  expect(all.map((record) => reader.read(writer.write(record)))).toEqual(all);
});

test("events stand behind the window that begins or ends them, in pairs, before the summary", async () => {
  const all = await records(FILE);
  const events = all.filter((record) => record.type === "event");
  expect(all.at(-1)?.type).toBe("summary");
  expect(events.length).toBeGreaterThan(0);
  for (const begin of events.filter(({ phase }) => phase === "begin")) {
    const end = events.find(
      (one) =>
        one.phase === "end" && one.head === begin.head && one.class === begin.class && one.number === begin.number,
    );
    expect(end?.start).toBe(begin.start);
    expect(end?.utc).toBe(new Date(Date.UTC(2026, 10, 28, 12) + 1000 * begin.start).toISOString());
    expect(end?.end).toBeLessThanOrEqual(6.0001);
  }
  const { events: ended, heads: said } = await extract(FILE, "yamnet", { heads, runtime }).result();
  expect(ended?.length).toBe(events.length / 2);
  expect(said?.length).toBe(all.filter(({ type }) => type === "window").length);
});

test("a head of another model is refused before the header", async () => {
  const vggish = { ...head, model: { id: "vggish", dimensions: 1024 } };
  const wrong = { ...heads, trained: [{ head: vggish, sha256: "0" }] };
  await expect(extract(FILE, "yamnet", { heads: wrong, runtime }).result()).rejects.toMatchObject({
    code: "bad_option",
  });
});
