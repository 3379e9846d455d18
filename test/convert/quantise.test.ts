import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../src/convert/graph.ts";
import { columnsOf, quantiseColumns, quantiseRuns } from "../../src/convert/quantise/channels.ts";
import { edgeGraph } from "../../src/convert/quantise/edge-graph.ts";
import { shared } from "../../src/convert/quantise/shared.ts";
import { symmetricScale, toInt8 } from "../../src/convert/quantise/symmetric.ts";
import { elementCount } from "../../src/convert/weights.ts";
import { MODEL_NAMES } from "../../src/models/index.ts";
import { NETS, thinWeights } from "../support/thin-models.ts";

/** Weights of every size that nets have, zeros among them. */
const weight = fc.oneof(
  fc.constant(0),
  fc.float({ min: -8, max: 8, noNaN: true }),
  fc.float({ min: Math.fround(-1e-6), max: Math.fround(1e-6), noNaN: true }),
);
const matrix = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc
      .array(weight, { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => Float32Array.from(values)),
  }),
);

/** Half a scale, and what float32 loses in a scale and a product: most, where a scale is below its least number. */
const bound = (scale: number, value: number) => scale / 2 + 2e-7 * Math.abs(value) + 127 * 2 ** -149;

describe("8 bits per output channel", () => {
  test("a dense layer's columns: no weight is further off than half its column's scale", () => {
    fc.assert(
      fc.property(matrix, ({ columns, values }) => {
        const { integers, scales } = quantiseColumns(values, columns);
        for (const [i, value] of values.entries()) {
          const scale = scales[i % columns] as number;
          expect(Math.abs((integers[i] as number) * scale - value)).toBeLessThanOrEqual(bound(scale, value));
        }
      }),
    );
  });

  test("a convolution's channels are runs: the same numbers as columns of the transposed weights", () => {
    fc.assert(
      fc.property(matrix, ({ rows, columns, values }) => {
        const transposed = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);
        const runs = quantiseRuns(transposed, columns);
        const whole = quantiseColumns(values, columns);
        expect(runs.scales).toEqual(whole.scales);
        for (const [i, integer] of runs.integers.entries()) {
          expect(integer).toBe(whole.integers[(i % rows) * columns + Math.floor(i / rows)]);
        }
      }),
    );
  });

  test("a channel's largest weight becomes 127 or -127, -128 never is, and zero stays zero", () => {
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 50 }), (values) => {
        const { integers, scales } = quantiseRuns(Float32Array.from(values), 1);
        const largest = Math.max(...integers.map(Math.abs));
        // Scales below float32's normal numbers are coarse themselves.
        if ((scales[0] as number) > 1e-37) expect(largest).toBe(127);
        expect(integers).not.toContain(-128);
        for (const [i, value] of values.entries()) if (value === 0) expect(integers[i]).toBe(0);
      }),
    );
  });

  test("what is known by hand", () => {
    expect(quantiseColumns(Float32Array.of(1, -127, -0.25, 63.5, 0.25, 0.4), 2)).toEqual({
      integers: Int8Array.of(127, -127, -32, 64, 32, 0),
      scales: Float32Array.of(1 / 127, 1),
    });
    expect(quantiseRuns(new Float32Array(3), 3)).toEqual({ integers: new Int8Array(3), scales: new Float32Array(3) });
    expect([symmetricScale(0), toInt8(5, 0), toInt8(1e9, 1), toInt8(-1e9, 1)]).toEqual([0, 0, 127, -127]);
  });

  test("blocks of columns make the matrix again", () => {
    fc.assert(
      fc.property(matrix, fc.nat(), ({ rows, columns, values }, at) => {
        const { integers } = quantiseColumns(values, columns);
        const cut = at % (columns + 1);
        const [left, right] = [columnsOf(integers, columns, 0, cut), columnsOf(integers, columns, cut, columns)];
        for (let row = 0; row < rows; row++) {
          const parts = [left.subarray(row * cut, (row + 1) * cut), right.subarray(row * (columns - cut))];
          const joined = parts.flatMap((part) => Array.from(part)).slice(0, columns);
          expect(joined).toEqual(Array.from(integers.subarray(row * columns, (row + 1) * columns)));
        }
      }),
    );
  });
});

describe("the edge form of a graph", () => {
  const graphs = MODEL_NAMES.map((name) => [name, NETS[name].graph(thinWeights(name))] as const);

  test.each(graphs)("%s: every tensor that a node takes is there, and none that no node takes", (_, graph) => {
    const edge = edgeGraph(graph);
    const made = new Set([...edge.inputs.map(({ name }) => name), ...edge.initializers.map(({ name }) => name)]);
    for (const node of edge.nodes) {
      for (const input of node.inputs) expect(made).toContain(input);
      for (const output of node.outputs) made.add(output);
    }
    const taken = new Set(edge.nodes.flatMap(({ inputs }) => inputs));
    expect(edge.initializers.filter(({ name }) => !taken.has(name))).toEqual([]);
    expect(edge.outputs).toEqual(graph.outputs);
    for (const { name } of edge.outputs) expect(made).toContain(name);
  });

  test.each(graphs)("%s: no layer of several input channels keeps its weights in floats", (_, graph) => {
    const edge = edgeGraph(graph);
    const tensors = new Map(edge.initializers.map((tensor) => [tensor.name, tensor]));
    for (const { op, inputs } of edge.nodes) {
      if (op === "Conv") expect([undefined, 1]).toContain(tensors.get(inputs[1] as string)?.shape[1]);
      expect(op).not.toBe("Gemm");
    }
    const count = (tensors: Graph["initializers"]) => tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const weights = new Set(
      graph.nodes.flatMap(({ op, inputs }) => (["Conv", "Gemm"].includes(op) ? [inputs[1]] : [])),
    );
    const dense = new Set(graph.nodes.flatMap(({ op, inputs }) => (op === "Gemm" ? [inputs[1]] : [])));
    const layers = graph.initializers.filter(
      ({ name, shape }) => weights.has(name) && (dense.has(name) || shape[1] !== 1),
    );
    expect(count(edge.initializers.filter(({ type }) => type === "int8"))).toBe(count(layers));
  });

  test("the full VGGish's dense weights come in blocks of at most 1 MiB of floats, all of them once", () => {
    const shapes = NETS.vggish.shapes();
    const weights = {
      names: [...shapes.keys()],
      shape: (name: string) => shapes.get(name) ?? [],
      read: async () => new Float32Array(),
    };
    const edge = edgeGraph(NETS.vggish.graph(weights));
    const blocks = edge.initializers.filter(({ type, name }) => type === "int8" && name.includes("fc1_1"));
    expect(blocks.every(({ shape }) => elementCount(shape) <= 2 ** 18)).toBe(true);
    expect(blocks.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(12288 * 4096);
    // All floats are made after the layer before: their nodes are the first of the file.
    const ops = edge.nodes.map(({ op }) => op);
    expect(ops.lastIndexOf("DequantizeLinear")).toBeLessThan(ops.indexOf("Reshape"));
  });
});

test("shared: made once for its readers, and anew after them", async () => {
  let made = 0;
  const read = shared(3, async () => ++made);
  expect([await read(), await read(), await read(), await read()]).toEqual([1, 1, 1, 2]);
});
