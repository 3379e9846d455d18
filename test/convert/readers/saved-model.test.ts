import { describe, expect, test } from "vitest";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import { readGraph } from "../../../src/convert/readers/saved-model.ts";
import { writeBundle } from "./checkpoint-writers.ts";
import { refusal, storeOf } from "./support.ts";
import { field } from "./table-writer.ts";

/** SavedModel.meta_graphs, and in it the graph or the objects. */
const savedModel = (meta: Uint8Array) => field(2, meta);

describe("names of variables", () => {
  const KEYS = ["variables/0", "variables/1"];
  const tensors = KEYS.map((name) => ({ name, shape: [1], values: Float32Array.of(1) }));
  const graphWith = (...names: string[]) =>
    savedModel(field(7, Buffer.concat(names.map((name) => field(1, field(7, field(6, name)))))));
  const namesOf = async (inBundle: [string, string], inGraph?: Uint8Array) => {
    const names = { "variables/0": inBundle[0], "variables/1": inBundle[1] };
    const files = {
      ...writeBundle(tensors, { names }),
      ...(inGraph === undefined ? {} : { "saved_model.pb": inGraph }),
    };
    return (await storeOf(files)).tensors.map(({ names: given }) => given);
  };

  test("those with a checksum come first", async () => {
    expect(await namesOf(["a", "b"], graphWith("b", "a"))).toEqual([
      ["a", "b"],
      ["b", "a"],
    ]);
  });

  test("those of saved_model.pb stand in where the bundle has none", async () => {
    expect(await namesOf(["", "b"], graphWith("from/graph:0", ""))).toEqual([["from/graph"], ["b"]]);
  });

  test("saved_model.pb may be missing", async () => {
    expect(await namesOf(["a", ""])).toEqual([["a"], []]);
  });
});

describe("a graph's batch norms", () => {
  /** A SavedModel with one node in one function. */
  const graph = (op: string, epsilon?: number) => {
    const float = Buffer.concat([Buffer.of((4 << 3) | 5), Buffer.from(Float32Array.of(epsilon ?? 0).buffer)]);
    const attribute = epsilon === undefined ? [] : [field(5, Buffer.concat([field(1, "epsilon"), field(2, float)]))];
    const node = Buffer.concat([field(1, "bn/norm"), field(2, op), ...attribute]);
    return memoryFile("saved_model.pb", savedModel(field(2, field(2, field(1, field(3, node))))));
  };

  test("have epsilon 1e-4, or none, which is the same", async () => {
    expect((await readGraph(graph("FusedBatchNormV3"))).names.size).toBe(0);
    await readGraph(graph("FusedBatchNormV3", 1e-4));
    await readGraph(graph("LayerNorm", 1e-3));
  });

  test("are refused with any other", async () => {
    const error = await refusal(() => readGraph(graph("FusedBatchNormV3", 1e-3)));
    expect(error.message).toMatch(
      /^saved_model\.pb, byte 0: batch norm bn\/norm has epsilon 0\.001\d*; 0\.0001 was expected\.$/,
    );
  });
});

test("what is no SavedModel is refused", async () => {
  expect((await refusal(() => readGraph(memoryFile("saved_model.pb", Buffer.of(8, 1))))).message).toMatch(
    /no graph in it/,
  );
  expect((await refusal(() => readGraph(memoryFile("saved_model.pb", Buffer.from("text"))))).message).toMatch(
    /no SavedModel message here/,
  );
});
