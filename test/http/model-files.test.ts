import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Manifest } from "../../src/models/index.ts";
import { testApp } from "../support/app.ts";
import { problem } from "../support/client.ts";

const app = testApp();

test("the models' files are served as the manifest has them, and nothing else", async () => {
  const manifest = await app.fetch("/models/manifest.json");
  expect(manifest.headers.get("content-type")).toBe("application/json");
  const { models } = (await manifest.json()) as Manifest;
  const yamnet = models.find(({ description }) => description.id === "yamnet");
  const [piece] = yamnet?.variants.int8?.artefacts.kernels?.pieces ?? [];
  if (piece === undefined) throw new Error("the tests' YAMNet is not packed");
  const bytes = new Uint8Array(await (await app.fetch(`/models/${piece.file}`)).arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(piece.sha256);
  for (const other of ["README.md", "..%2Fpage%2Fstart.htm", "yamnet-fp32.onnx"]) {
    expect(await problem(await app.fetch(`/models/${other}`))).toMatchObject({ status: 404, code: "not_found" });
  }
});
