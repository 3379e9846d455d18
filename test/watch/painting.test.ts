import { expect, test } from "vitest";
import { extract } from "../../src/extract.ts";
import { spectrogramPng } from "../../src/output/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { painterOf } from "../../src/watch/index.ts";
import { lightFolder } from "../support/test-models.ts";

test("a picture is what the model sees, to the bit, without its net", async () => {
  const runtime = await nodeRuntime(lightFolder);
  const samples = Float32Array.from({ length: 100_000 }, (_, at) => 0.1 * Math.sin(at * at * 1e-5));
  const { spectrogram, header } = await extract({ samples, rate: 48_000 }, "yamnet", { runtime }).result();
  const picture = await painterOf("yamnet", runtime)(samples, 48_000);
  expect(picture).toEqual(spectrogramPng(spectrogram as Float32Array, header.spectrogram?.bands ?? 0));
  expect(await painterOf("yamnet", runtime)(new Float32Array(0), 48_000)).toBeUndefined();
});
