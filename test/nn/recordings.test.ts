import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Engine } from "../../src/engines/index.ts";
import { extract } from "../../src/extract.ts";
import { folderSource } from "../../src/models/folder-source.node.ts";
import { ModelStore } from "../../src/models/index.ts";
import { cosine } from "../support/compare.ts";
import { LONG } from "../support/long.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { seededFolder } from "../support/test-models.ts";
import { builtSession } from "./support/models.ts";

const kernels = fileURLToPath(new URL("../../build/kernels.wasm", import.meta.url));
/** Seconds of each recording. */
const SECONDS = LONG ? 20 : 8;

test.skipIf(!sharedExists)("the real YAMNet in int8 is near fp32 in every window of every WAV recording", async () => {
  const [exact, near] = [await builtSession("yamnet", "fp32"), await builtSession("yamnet", "int8")];
  const cosines: number[] = [];
  // Stands where an engine would, behind the whole pipeline, and runs both variants on what it is given.
  const both: Engine = {
    id: "ort",
    name: "fp32 and int8",
    load: async (bytes) => {
      for await (const _ of bytes.chunks);
      return {
        contract: exact.contract,
        batch: exact.batch,
        memory: exact.memory,
        run(windows) {
          const outputs = exact.run(windows);
          const { embedding: truth } = outputs;
          const { embedding } = near.run(windows);
          for (let i = 0; i < windows.length; i++) {
            const row = (values: Float32Array) => values.subarray(i * 1024, (i + 1) * 1024);
            cosines.push(cosine(row(embedding), row(truth)));
          }
          return new Map(Object.entries(outputs));
        },
      };
    },
  };
  const runtime = {
    kernels: await WebAssembly.compile(readFileSync(kernels)),
    store: new ModelStore(folderSource(seededFolder), both),
  };
  const recordings = readdirSync(sharedPath("audio")).filter((name) => name.endsWith(".wav"));
  for (const name of recordings) {
    const records = extract(readFileSync(sharedPath(`audio/${name}`)), "yamnet", { runtime });
    for await (const record of records) {
      if (record.type === "window" && record.start > SECONDS) break;
    }
  }
  cosines.sort((a, b) => a - b);
  const [median, worst] = [cosines[cosines.length >> 1] as number, cosines[0] as number];
  console.log(
    `${recordings.length} recordings, ${cosines.length} windows: median ${median.toFixed(5)}, worst ${worst.toFixed(5)}`,
  );
  expect(cosines.length).toBeGreaterThan(100);
  expect(median).toBeGreaterThanOrEqual(0.999);
  expect(worst).toBeGreaterThanOrEqual(0.996);
});
