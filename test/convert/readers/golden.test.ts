import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { writeOnnx } from "../../../src/convert/onnx-writer.ts";
import { openPublished } from "../../../src/convert/published.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import { humpbackGraph } from "../../../src/models/humpback/net.ts";
import { vggishGraph } from "../../../src/models/vggish/net.ts";
import { yamnetGraph } from "../../../src/models/yamnet/net.ts";
import { largestDifference, largestValue } from "../../support/compare.ts";
import { readNpz, sharedExists, sharedPath } from "../../support/shared.ts";
import { FIXTURES, fixturePath, temporaryFolder } from "./support.ts";

const GRAPHS = { vggish: vggishGraph, yamnet: yamnetGraph, humpback: humpbackGraph };
const INPUTS = { vggish: "vggish_patches", yamnet: "yamnet_patches", humpback: "humpback_windows" };
const OUTPUTS = {
  vggish: { embedding: "vggish_embedding" },
  yamnet: { embedding: "yamnet_embedding", scores: "yamnet_scores" },
  humpback: { embedding: "humpback_embedding" },
};

/** TensorFlow sums in another order: float32 sums of some thousand terms differ by a few units of 2^-24. */
const TOLERANCE = 1e-5;

describe.skipIf(!sharedExists)("the nets of the fixtures give what TensorFlow gives", () => {
  test.each(FIXTURES)("$name", async ({ name, model }) => {
    const golden = readNpz(sharedPath("golden/thin8.npz"));
    const published = await openPublished(catalogued(model), fixturePath(name));
    const path = join(await temporaryFolder(), "model.onnx");
    await pipeline(Readable.from(writeOnnx(GRAPHS[model](published.weights))), createWriteStream(path));
    await published.dispose();
    const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
    const { shape, data } = golden.get(INPUTS[model]) ?? { shape: [0], data: new Float32Array(0) };
    const outputs = await session.run({ window: new Tensor("float32", Float32Array.from(data), [...shape]) });
    for (const [output, array] of Object.entries(OUTPUTS[model])) {
      const expected = golden.get(array);
      expect(outputs[output]?.dims).toEqual(expected?.shape);
      const difference = largestDifference(outputs[output]?.data as Float32Array, expected?.data ?? []);
      expect(difference / largestValue(expected?.data ?? [])).toBeLessThanOrEqual(TOLERANCE);
    }
    await session.release();
  });
});
