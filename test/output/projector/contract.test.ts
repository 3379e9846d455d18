import { describe, expect, test } from "vitest";
import { MemoryRows } from "../../../src/output/index.ts";
import { spriteGrid } from "../../../src/output/projector/limits.ts";
import type { EmbedRecord } from "../../../src/records/index.ts";
import { filesOf, modelBundle, textOf } from "../../support/bundles.ts";
import { markedWindow } from "../../support/marked-windows.ts";
import { type Experiment, readBundle } from "../../support/projector-reader.ts";
import { HEADER, summaryOf, windowRecord } from "../../support/records.ts";
import { marked, marks } from "./marks.ts";

describe("the projector's own rules", () => {
  test("1,000 windows of two models: text, one order, no warning", async () => {
    const [first, second] = [await modelBundle(marked(1000, 16, 3)), await modelBundle(marked(1000, 128))];
    const file = await filesOf([first, second]);
    const experiments = readBundle(file);
    expect(experiments.map(({ name }) => name)).toEqual(["yamnet (seeded weights)", "vggish (seeded weights)"]);
    for (const [at, experiment] of experiments.entries()) {
      expect(experiment.warnings).toEqual([]);
      expect(marks(experiment)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
      expect(experiment.side).toBe(64);
      // Nine digits read back as the same float32.
      const size = at === 0 ? 16 : 128;
      for (const index of [0, 1, 500, 999])
        expect(experiment.tensors[index]).toEqual(markedWindow(index, size).embedding);
    }
    expect(experiments[0]?.metadata.columns).toEqual([
      "file",
      "window",
      "start",
      "end",
      "rms",
      "top_class",
      "top_score",
    ]);
    expect(experiments[1]?.metadata.columns).toEqual(["file", "window", "start", "end", "rms"]);
    expect(experiments[0]?.metadata.rows[4]).toMatchObject({
      file: "call.wav",
      top_class: "class 1",
      top_score: "0.75",
    });
    expect(experiments[0]?.metadata.categorical).toEqual(["file", "rms", "top_class", "top_score"]);
    expect(experiments[0]?.metadata.numeric).toEqual(["window", "start", "end", "rms", "top_score"]);
  });

  test("TensorBoard's config says the same", async () => {
    const file = await filesOf([await modelBundle(marked(5, 16, 3)), await modelBundle(marked(4, 128))]);
    expect(textOf(file("projector_config.pbtxt"))).toBe(`embeddings {
  tensor_name: "yamnet (seeded weights)"
  tensor_shape: 5
  tensor_shape: 16
  tensor_path: "yamnet/tensors.tsv"
  metadata_path: "yamnet/metadata.tsv"
  sprite {
    image_path: "yamnet/sprite.png"
    single_image_dim: 64
    single_image_dim: 64
  }
}
embeddings {
  tensor_name: "vggish (seeded weights)"
  tensor_shape: 4
  tensor_shape: 128
  tensor_path: "vggish/tensors.tsv"
  metadata_path: "vggish/metadata.tsv"
  sprite {
    image_path: "vggish/sprite.png"
    single_image_dim: 64
    single_image_dim: 64
  }
}
`);
  });

  test("with a base, every path is an address", async () => {
    const file = await filesOf([await modelBundle(marked(5, 16, 3))], "https://example.org/my%20bundle/");
    expect(JSON.parse(textOf(file("projector_config.json"))).embeddings[0]).toMatchObject({
      tensorPath: "https://example.org/my%20bundle/yamnet/tensors.tsv",
      metadataPath: "https://example.org/my%20bundle/yamnet/metadata.tsv",
      sprite: { imagePath: "https://example.org/my%20bundle/yamnet/sprite.png" },
    });
  });
});

describe("more windows than points", () => {
  test("an even share is shown, and said", async () => {
    const bundle = await modelBundle(marked(1000, 4), { maxPoints: 300 });
    const file = await filesOf([bundle]);
    const [experiment] = readBundle(file) as [Experiment];
    expect(experiment.warnings).toEqual([]);
    expect(marks(experiment)).toEqual(Array.from({ length: 300 }, (_, k) => Math.floor((k * 1000) / 300)));
    expect(experiment.name).toBe("vggish (seeded weights; 300 of 1000 windows)");
    expect(textOf(file("README.txt"))).toContain("300 of 1000 windows are shown, evenly sampled.");
  });

  test("split: all of them, in parts of nearly one size", async () => {
    const experiments = readBundle(
      await filesOf([await modelBundle(marked(1000, 4), { maxPoints: 300, split: true })]),
    );
    expect(experiments.map(({ name }) => name)).toEqual(
      [1, 2, 3, 4].map((part) => `vggish (seeded weights; part ${part} of 4)`),
    );
    expect(experiments.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(experiments.map(marks)).toEqual(
      [0, 250, 500, 750].map((first) => Array.from({ length: 250 }, (_, k) => first + k)),
    );
  });

  test.each([
    [128, 8, [0, 16, 32, 48, 64, 80, 96, 112]],
    [9, 9, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    [10, 9, [0, 2, 4, 6, 8]],
  ])("rows in memory stay few: of %i windows %i at most", async (count, most, expected) => {
    const bundle = await modelBundle(marked(count, 4), { maxPoints: most }, () => new MemoryRows());
    const [experiment] = readBundle(await filesOf([bundle])) as [Experiment];
    expect(experiment.warnings).toEqual([]);
    expect(marks(experiment)).toEqual(expected);
  });

  test.each([
    [1, 64, 64],
    [16_384, 64, 64],
    [16_385, 63, 63],
    [65_536, 32, 32],
    [100_000, 25, 25],
    [6561, 100, 100],
    [6562, 100, 99],
    [1000, 128, 128],
  ])("%i windows fit in 8192 px", (count, wanted, expected) => {
    const { columns, thumbnail, side } = spriteGrid(count, wanted);
    expect(columns * columns).toBeGreaterThanOrEqual(count);
    expect((columns - 1) ** 2).toBeLessThan(count);
    expect(side).toBe(columns * thumbnail);
    expect(side).toBeLessThanOrEqual(8192);
    expect(thumbnail).toBe(expected);
  });
});

describe("what must not reach the projector", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "a window with %s is left out of all three files, and named",
    async (bad) => {
      const records: EmbedRecord[] = [...marked(6, 4)].map((record) => {
        if (record.type !== "window") return record;
        const window = markedWindow(record.index, 4);
        // A picture of its own: the marked ones share one array.
        const spectrogram = Float32Array.from(window.spectrogram ?? []);
        if (record.index === 2) window.embedding[0] = bad;
        if (record.index === 4) spectrogram[77] = bad;
        return { ...window, spectrogram };
      });
      const file = await filesOf([await modelBundle(records)]);
      const [experiment] = readBundle(file) as [Experiment];
      expect(experiment.warnings).toEqual([]);
      expect(marks(experiment)).toEqual([0, 1, 3, 5]);
      for (const index of [2, 4]) expect(textOf(file("README.txt"))).toContain(`call.wav: window ${index} is left out`);
    },
  );

  test("an embedding of one number is refused", async () => {
    await expect(modelBundle([{ ...HEADER, embedding: 1 }])).rejects.toMatchObject({
      code: "bad_option",
      message: "The projector shows embeddings of 2 numbers or more, not of 1.",
    });
  });

  test("no window at all is refused; a model without one is left away beside others", async () => {
    const none = () => modelBundle([HEADER, summaryOf(0)]);
    await expect(none().then((bundle) => filesOf([bundle]))).rejects.toMatchObject({ code: "no_samples" });
    const experiments = readBundle(await filesOf([await none(), await modelBundle(marked(3, 4))]));
    expect(experiments.map(({ name }) => name)).toEqual(["vggish (seeded weights)"]);
  });

  test("what was odd about a recording is in the README", async () => {
    const finding = { code: "truncated", message: "The data chunk is cut short.", lost: true } as const;
    const window = windowRecord(0, { spectrogram: new Float32Array(8) });
    const file = await filesOf([await modelBundle([HEADER, window, { ...summaryOf(1), findings: [finding] }])]);
    expect(textOf(file("README.txt"))).toContain("call.wav: The data chunk is cut short.");
  });
});
