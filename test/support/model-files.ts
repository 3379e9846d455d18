import { createHash } from "node:crypto";
import { MANIFEST_FORMAT, type Manifest } from "../../src/models/index.ts";
import { description } from "../../src/models/yamnet/description.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A manifest of one model, yamnet, whose net is made of `pieces`. */
export function manifestWith(pieces: readonly Uint8Array[]) {
  const files = pieces.map((bytes, at) => ({
    file: `yamnet-fp32.ort.00${at}`,
    bytes: bytes.length,
    sha256: sha256(bytes),
  }));
  const whole = Buffer.concat(pieces);
  return {
    format: MANIFEST_FORMAT,
    models: [
      {
        // The tests change what they are given.
        description: structuredClone(description),
        weights: "seeded",
        source: { address: "nowhere", sha256: null },
        parameters: 1,
        converter: "test",
        variants: {
          fp32: {
            description: "32-bit floats",
            onnx: { file: "yamnet-fp32.onnx", bytes: 1, sha256: "0".repeat(64) },
            artefacts: { ort: { bytes: whole.length, sha256: sha256(whole), pieces: files } },
          },
        },
      },
    ],
  } satisfies Manifest;
}
