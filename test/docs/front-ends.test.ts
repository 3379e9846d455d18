import { describe, expect, test } from "vitest";
import { FRONT_END_KINDS, type FrontEndOptions } from "../../src/kernels/index.ts";
import { ORCAHELLO, perWindow } from "../support/front-ends.ts";
import { blocks } from "./blocks.ts";

describe("docs/front-ends.md", () => {
  const examples = blocks()
    .filter(({ file, language }) => file === "docs/front-ends.md" && language === "json")
    .map(({ text }): FrontEndOptions => JSON.parse(text));

  test("its examples are taken", () => {
    expect(examples).toHaveLength(2);
    for (const options of examples) {
      const { frames, bands } = perWindow(options, { samples: 80_000 }).shape;
      expect(frames * bands).toBeGreaterThan(0);
      expect(FRONT_END_KINDS).toContain(options.kind);
    }
  });

  test("OrcaHello's is the one that is held against its numbers", () => {
    expect(examples[0]).toEqual({ ...ORCAHELLO, fixedFrames: { count: 312, missing: 0 } });
  });
});
