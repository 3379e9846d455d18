import { describe, expect, test } from "vitest";
import { resolveNames } from "../../../src/convert/readers/canonical-names.ts";
import { namedWeights } from "../../../src/convert/readers/named-weights.ts";
import type { StoredTensor, TensorStore } from "../../../src/convert/readers/tensor-store.ts";
import { seededTensor } from "../../../src/convert/seeded.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import { humpbackConvolutions, humpbackShapes } from "../../../src/models/humpback/net.ts";
import { vggishShapes } from "../../../src/models/vggish/net.ts";
import { yamnetShapes } from "../../../src/models/yamnet/net.ts";
import { refusal } from "./support.ts";

const END = "/.ATTRIBUTES/VARIABLE_VALUE";

interface Given {
  readonly key: string;
  readonly names?: readonly string[];
  readonly shape: readonly number[];
  readonly values?: Float32Array;
}

/** A store of tensors that are made when they are read, each declared at a byte of its own. */
function store(given: readonly Given[], others: TensorStore["others"] = []): TensorStore {
  const tensors = given.map(({ key, names = [], shape, values }, at): StoredTensor => {
    const declared = { file: "variables.index", byteOffset: 100 * at };
    const place = { file: "variables.data-00000-of-00001", byteOffset: 1000 * at };
    return { key, names, shape, declared, read: async () => ({ values: values ?? seededTensor(key, shape), place }) };
  });
  const listed = { file: "variables.index", byteOffset: 0 };
  return { format: "saved-model", tensors, others, listed, close: async () => {} };
}

const found = (model: "vggish" | "yamnet" | "humpback", given: readonly Given[]) =>
  Object.fromEntries(
    [...resolveNames(model, catalogued(model).names(), store(given))].map(([name, { key }]) => [name, key]),
  );

describe("vggish", () => {
  const shapes = [...vggishShapes(8)];

  test("by the names of its variables, in any order", () => {
    const given = shapes.map(([name, shape], i) => ({ key: `_variables/${17 - i}${END}`, names: [name], shape }));
    expect(found("vggish", given.toReversed())).toEqual(
      Object.fromEntries(shapes.map(([name], i) => [name, `_variables/${17 - i}${END}`])),
    );
  });

  test("without names, by the order in which the module lists its variables", () => {
    const given = shapes.map(([, shape], i) => ({ key: `_variables/${i}${END}`, names: ["Variable"], shape }));
    expect(found("vggish", given)).toEqual(
      Object.fromEntries(shapes.map(([name], i) => [name, `_variables/${i}${END}`])),
    );
  });
});

describe("yamnet", () => {
  /** Layers in order, with the leaves that each has. */
  const layers = ["layer1/conv"];
  for (let i = 2; i <= 14; i++) layers.push(`layer${i}/depthwise_conv`, `layer${i}/pointwise_conv`);
  const shapes = yamnetShapes(4);
  const keyed = (prefix: string): [name: string, key: string][] =>
    [...shapes.keys()].map((name) => {
      const layer = layers.findIndex((path) => name.startsWith(`${path}/`));
      const number = layer === -1 ? 54 : 2 * layer + (name.includes("/bn/") ? 1 : 0);
      return [name, `${prefix}layer_with_weights-${number}/${name.slice(name.lastIndexOf("/") + 1)}${END}`];
    });

  test.each(["_yamnet/", "yamnet/_yamnet/", ""])("by the numbers of its layers, after '%s'", (prefix) => {
    const given = keyed(prefix).map(([name, key]) => ({ key, shape: shapes.get(name) ?? [] }));
    expect(found("yamnet", given)).toEqual(Object.fromEntries(keyed(prefix)));
  });

  test("the published module calls the dense layer dense, and its order is not needed", () => {
    const given = keyed("").map(([name], i) => ({
      key: `w/${i}/${name.slice(name.lastIndexOf("/") + 1)}`,
      names: [name.replace("logits", "dense")],
      shape: shapes.get(name) ?? [],
    }));
    expect(Object.keys(found("yamnet", given))).toEqual([...shapes.keys()]);
  });
});

describe("humpback", () => {
  const shapes = humpbackShapes(8);
  const paths = [...humpbackConvolutions()].map(([path]) => path);
  const identity = (scale: number) => Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 65 === 0 ? scale : 0));
  /** Keys as google/humpback_whale/1 has them, written out once more. */
  const ordered: [name: string, key: string][] = [
    ...["alpha", "delta", "root"].map((leaf): [string, string] => [
      `pcen/${leaf}`,
      `layer_with_weights-0/${leaf}${END}`,
    ]),
    ...paths.flatMap((path, i): [string, string][] => [
      [`${path}/kernel`, `variables/${5 + 2 * i}${END}`],
      [`${path}/bn/beta`, `variables/${6 + 2 * i}${END}`],
      [`${path}/bn/moving_mean`, `variables/${111 + 2 * i}${END}`],
      [`${path}/bn/moving_variance`, `variables/${112 + 2 * i}${END}`],
    ]),
    ["dense/kernel", `layer_with_weights-2/kernel${END}`],
    ["dense/bias", `layer_with_weights-2/bias${END}`],
  ];
  const smoother = (kernel = identity(0.025), recurrent = identity(0.975)) => [
    { key: `variables/3${END}`, shape: [64, 64], values: kernel },
    { key: `variables/4${END}`, shape: [64, 64], values: recurrent },
  ];
  const tensors = () => ordered.map(([name, key]) => ({ key, names: [] as string[], shape: shapes.get(name) ?? [] }));

  test("without names, by the order of its variables", () => {
    expect(ordered.length).toBe(217);
    expect(found("humpback", [...tensors(), ...smoother()])).toEqual({
      ...Object.fromEntries(ordered),
      "pcen/smoother/kernel": `variables/3${END}`,
      "pcen/smoother/recurrent_kernel": `variables/4${END}`,
    });
  });

  test("by the names that humpback_model.py gives, under an outer scope, whatever the order", () => {
    const published = (name: string) =>
      `embed/${name.replace(/\/conv(\w*)\/bn\//, "/batch_normalization$1/")}`.replace("embed/pcen", "pcen");
    const given = ordered.map(([name], i) => ({
      key: `x/${i}`,
      names: [published(name)],
      shape: shapes.get(name) ?? [],
    }));
    const rnn = ["kernel", "recurrent_kernel"].map((leaf) => ({
      key: `y/${leaf}`,
      names: [`pcen/simple_rnn/simple_rnn_cell/${leaf}`],
      shape: [64, 64],
    }));
    expect(published("group_2/block_3/main_path/conv_output/bn/beta")).toBe(
      "embed/group_2/block_3/main_path/batch_normalization_output/beta",
    );
    expect(found("humpback", [...rnn, ...given])).toEqual({
      ...Object.fromEntries(ordered.map(([name], i) => [name, `x/${i}`])),
      "pcen/smoother/kernel": "y/kernel",
      "pcen/smoother/recurrent_kernel": "y/recurrent_kernel",
    });
  });

  const open = (given: readonly Given[]) => namedWeights(catalogued("humpback"), store(given));

  test("s is read from the smoother's matrices, as the float32 that is there", async () => {
    const { frontEnd, weights } = await open([...tensors(), ...smoother(identity(0.03125), identity(0.96875))]);
    expect(frontEnd).toEqual({ smooth: 0.03125 });
    expect(weights.names.length).toBe(217);
    expect((await open([...tensors(), ...smoother()])).frontEnd?.smooth).toBe(Math.fround(0.025));
  });

  test.each([
    ["not diagonal", () => smoother(identity(0.025).with(130, 1e-9)), /row 2, column 2\./, 219],
    [
      "not diagonal",
      () => smoother(identity(0.025).with(129, 1e-9)),
      /byte 217516: the smoother variables\/3.* 9\.9\d*e-10 in row 2, column 1\./,
      0,
    ],
    [
      "not s and 1 - s",
      () => smoother(identity(0.025), identity(0.97)),
      /0\.025\d* and 0\.97\d* on their diagonals/,
      0,
    ],
    ["no smoothing", () => smoother(identity(0), identity(1)), /not s and 1 - s/, 0],
    ["no numbers", () => smoother(identity(Number.NaN)), /not a multiple of the identity/, 0],
  ])("matrices that are %s are refused", async (_, matrices, message) => {
    expect((await refusal(() => open([...tensors(), ...matrices()]))).message).toMatch(message);
  });

  test("a matrix that is not square", async () => {
    const [kernel, recurrent] = smoother();
    const wide = { ...kernel, shape: [32, 128] } as Given;
    expect((await refusal(() => open([...tensors(), wide, recurrent as Given]))).message).toMatch(
      /the smoother variables\/3.* has shape \[32, 128\]; a square was expected/,
    );
  });
});

describe("what does not fit is refused with the tensor and the byte", () => {
  const given = (): Given[] => [...vggishShapes(8)].map(([name, shape]) => ({ key: name, names: [name], shape }));
  const open = (tensors: readonly Given[], others?: TensorStore["others"]) =>
    namedWeights(catalogued("vggish"), store(tensors, others));

  test("a missing tensor", async () => {
    const error = await refusal(() => open(given().filter(({ key }) => key !== "vggish/fc2/biases")));
    expect(error.message).toBe("variables.index, byte 0: 1 of 18 tensors of vggish are missing: vggish/fc2/biases.");
    expect(error.hint).toMatch(/another version/);
  });

  test("a tensor too many", async () => {
    const error = await refusal(() => open([...given(), { key: "vggish/fc3/weights", shape: [128, 10] }]));
    expect(error.message).toBe("variables.index, byte 1800: vggish/fc3/weights is no tensor of vggish.");
  });

  test("two tensors of one name", async () => {
    const twice = { key: "again", names: ["vggish/fc2/biases:0".replace(":0", "")], shape: [128] };
    expect((await refusal(() => open([...given(), twice]))).message).toBe(
      "variables.index, byte 1800: vggish/fc2/biases and again (vggish/fc2/biases) would both be vggish/fc2/biases.",
    );
  });

  test("counters of a training run are known", async () => {
    const declared = { file: "variables.index", byteOffset: 7 };
    const others = [
      { key: `save_counter${END}`, type: "DataType 9", declared },
      { key: "global_step", type: "DataType 9", declared },
    ];
    expect((await open(given(), others)).weights.names.length).toBe(18);
    const strange = [{ key: "words", type: "DataType 7", declared }];
    expect((await refusal(() => open(given(), strange))).message).toBe(
      "variables.index, byte 7: words is no tensor of vggish.",
    );
  });

  test("a shape that the net cannot have", async () => {
    const wrong = given().map((tensor) =>
      tensor.key === "vggish/fc1/fc1_2/weights" ? { ...tensor, shape: [512, 511] } : tensor,
    );
    const error = await refusal(() => open(wrong));
    expect(error.message).toMatch(
      /^variables\.index, byte 1500: Tensor vggish\/fc1\/fc1_2\/biases has shape \[512\]; \[511\]/,
    );
    expect(error.byteOffset).toBe(1500);
    const flat = given().map((tensor) => (tensor.key === "vggish/conv1/weights" ? { ...tensor, shape: [72] } : tensor));
    expect((await refusal(() => open(flat))).message).toMatch(/byte 0: Tensor vggish\/conv1\/weights has shape \[72\]/);
  });

  test("numbers that are none", async () => {
    const values = seededTensor("vggish/conv2/biases", [16]).with(5, Number.POSITIVE_INFINITY);
    const wrong = given().map((tensor) => (tensor.key === "vggish/conv2/biases" ? { ...tensor, values } : tensor));
    const { weights } = await open(wrong);
    const error = await refusal(() => weights.read("vggish/conv2/biases"));
    expect(error.message).toBe(
      "variables.data-00000-of-00001, byte 3020: tensor vggish/conv2/biases has the value Infinity at element 5.",
    );
  });
});
