import { expect, test } from "vitest";
import { filesOf, modelBundle } from "../../support/bundles.ts";
import { markedWindow } from "../../support/marked-windows.ts";
import { type Experiment, readBundle } from "../../support/projector-reader.ts";
import { marked, marks } from "./marks.ts";

test("100,000 windows: bytes, thumbnails of 25 px in 7,925 px, one order, no warning", async () => {
  const started = performance.now();
  const bundle = await modelBundle(marked(100_000, 32), { thumbnail: 32 });
  const file = await filesOf([bundle]);
  expect(file("vggish/tensors.bytes").length).toBe(100_000 * 32 * 4);
  console.log(
    `100,000 windows: ${((performance.now() - started) / 1000).toFixed(1)} s, sprite ${file("vggish/sprite.png").length} bytes`,
  );
  const [experiment] = readBundle(file) as [Experiment];
  expect(experiment.warnings).toEqual([]);
  expect(experiment.side).toBe(25);
  expect(marks(experiment)).toEqual(Array.from({ length: 100_000 }, (_, index) => index));
  expect(experiment.tensors[77_777]).toEqual(markedWindow(77_777, 32).embedding);
  console.log(`with reading: ${((performance.now() - started) / 1000).toFixed(1)} s`);
});
