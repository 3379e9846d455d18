import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openKerasHdf5, publishedName } from "../../../src/convert/readers/keras-hdf5.ts";
import { namedWeights } from "../../../src/convert/readers/named-weights.ts";
import { memoryFile } from "../../../src/convert/readers/positioned-file.ts";
import { elementCount } from "../../../src/convert/weights.ts";
import { catalogued } from "../../../src/models/catalogue.ts";
import { yamnetGraph } from "../../../src/models/yamnet/net.ts";
import { readNpz, sharedExists, sharedPath } from "../../support/shared.ts";
import { refusal, sameBytes } from "./support.ts";

test("Keras' paths repeat the layer's name", () => {
  expect(publishedName("layer1/conv/layer1/conv/kernel:0")).toBe("layer1/conv/kernel");
  expect(publishedName("layer1/conv/bn/layer1/conv/bn/beta:0")).toBe("layer1/conv/bn/beta");
  expect(publishedName("logits/logits/bias:0")).toBe("logits/bias");
});

describe.skipIf(!sharedExists)("yamnet.h5", () => {
  const bytes = sharedExists ? readFileSync(sharedPath("weights/yamnet.h5")) : Buffer.alloc(0);
  const open = (file: Uint8Array) => openKerasHdf5(memoryFile("yamnet.h5", file));
  const damaged = (change: (copy: Buffer) => Uint8Array) => refusal(() => open(change(Buffer.from(bytes))));

  test("has 110 datasets of 3,751,369 numbers, and the net builds", async () => {
    const store = await open(bytes);
    expect(store.tensors.length).toBe(110);
    expect(store.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(3_751_369);
    const { weights } = await namedWeights(catalogued("yamnet"), store);
    expect(weights.shape("logits/kernel")).toEqual([1024, 521]);
    const graph = yamnetGraph(weights);
    expect(graph.outputs.map(({ shape }) => shape)).toEqual([
      ["batch", 1024],
      ["batch", 521],
    ]);
    for (const { read } of graph.initializers) await read();
  });

  test("every number is the one that was written", async () => {
    const written = readNpz(sharedPath("weights/yamnet1_folded_best.npz"));
    const { weights } = await namedWeights(catalogued("yamnet"), await open(bytes));
    const same = async (name: string, array: string) =>
      sameBytes(await weights.read(name), Float32Array.from(written.get(array)?.data ?? []));
    expect(await same("layer1/conv/kernel", "layer1__conv__w")).toBe(true);
    expect(await same("layer1/conv/bn/beta", "layer1__conv__b")).toBe(true);
    for (let i = 2; i <= 14; i++) {
      expect(await same(`layer${i}/depthwise_conv/depthwise_kernel`, `layer${i}__depthwise_conv__w`)).toBe(true);
      expect(await same(`layer${i}/depthwise_conv/bn/beta`, `layer${i}__depthwise_conv__b`)).toBe(true);
      expect(await same(`layer${i}/pointwise_conv/kernel`, `layer${i}__pointwise_conv__w`)).toBe(true);
      expect(await same(`layer${i}/pointwise_conv/bn/beta`, `layer${i}__pointwise_conv__b`)).toBe(true);
    }
    expect(await same("logits/kernel", "dense__w")).toBe(true);
    expect(await same("logits/bias", "dense__b")).toBe(true);
    const variance = await weights.read("layer9/pointwise_conv/bn/moving_variance");
    expect(variance.every((value) => value === Math.fround(1 - 1e-4))).toBe(true);
  });

  test("another name for the dense layer does not matter", async () => {
    const copy = Buffer.from(bytes.toString("latin1").replaceAll("logits", "dense_"), "latin1");
    const { weights } = await namedWeights(catalogued("yamnet"), await open(copy));
    expect(weights.shape("logits/kernel")).toEqual([1024, 521]);
  });

  test("a file that is cut short says so at once", async () => {
    const error = await damaged((copy) => copy.subarray(0, 15_000_000));
    expect(error.message).toBe("yamnet.h5, byte 40: the file says that it has 15272460 bytes, and has 15000000.");
  });

  test("a layout that points elsewhere shares another dataset's bytes", async () => {
    const store = await open(bytes);
    const [first, second] = store.tensors;
    const place = async (tensor = first) => BigInt((await tensor?.read())?.place.byteOffset ?? 0);
    const address = Buffer.alloc(8);
    address.writeBigUInt64LE(await place(first));
    const elsewhere = await place(second);
    const error = await damaged((copy) => {
      copy.writeBigUInt64LE(elsewhere, copy.indexOf(address));
      return copy;
    });
    expect(error.message).toMatch(/share bytes\.$/);
  });

  test("a negative variance and a number that is none are refused where they are read", async () => {
    const { tensors } = await open(bytes);
    const at = async (name: string) =>
      (await tensors.find(({ names }) => names[0] === name)?.read())?.place.byteOffset ?? 0;
    const copy = Buffer.from(bytes);
    const [variance, beta] = ["layer3/depthwise_conv/bn/moving_variance", "layer3/depthwise_conv/bn/beta"] as const;
    copy.writeFloatLE(-0.25, (await at(variance)) + 8);
    copy.writeFloatLE(Number.NaN, await at(beta));
    const { weights } = await namedWeights(catalogued("yamnet"), await open(copy));
    const negative = await refusal(() => weights.read(variance));
    expect(negative.byteOffset).toBe((await at(variance)) + 8);
    expect(negative.message).toMatch(
      /tensor layer3\/depthwise_conv\/bn\/moving_variance has the value -0\.25 at element 2\.$/,
    );
    expect((await refusal(() => weights.read(beta))).message).toMatch(/beta has the value NaN at element 0\.$/);
  });

  test("the wrong model says so", async () => {
    const error = await refusal(async () => namedWeights(catalogued("humpback"), await open(bytes)));
    expect(error.message).toMatch(/yamnet\.h5, byte 0: 219 of 219 tensors of humpback are missing/);
    expect(error.hint).toBe("Is this the file of another model?");
  });
});
