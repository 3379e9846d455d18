import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";

// The command line is started some hundred times: with what V8 made of its files kept, a start takes half as long.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("build/compile-cache", import.meta.url));

/** Soaks of minutes and hours, and conversions at full size: `npm run test:long`, which runs all others wider, too. */
const LONG = "test/**/*.long.test.ts";

/** These start no server and no browser: they share the cores. */
const PURE = [
  "audio",
  "collection",
  "convert",
  "edge",
  "embed",
  "golden",
  "heads",
  "http",
  "jobs",
  "kernels",
  "labels",
  "models",
  "nn",
  "onnx",
  "options",
  "output",
  "records",
  "times",
  "vectors",
  "watch",
];

/** It makes dist/ anew, which others serve and wrangler watches. */
const ALONE = ["test/workerd/demo.test.ts"];

const pure = PURE.map((folder) => `test/${folder}/**/*.test.ts`);
const long = process.env.ORCA_LONG === "1";

export default defineConfig({
  test: {
    globalSetup: ["test/support/test-models.ts"],
    reporters: ["default", "./test/support/slowest-files.ts"],
    // Real nets on two shared cores: a slow machine must not turn a right answer into a failure.
    testTimeout: long ? 3_600_000 : 120_000,
    hookTimeout: 300_000,
    sequence: { sequencer: LongestFirst },
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: pure,
          exclude: [LONG],
          isolate: false,
          maxWorkers: Math.max(1, Math.min(4, availableParallelism())),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "processes",
          include: ["test/**/*.test.ts"],
          exclude: [LONG, ...pure, ...ALONE],
          // They wait for other processes, and for live time to pass, as much as they compute.
          maxWorkers: Math.max(1, Math.min(4, availableParallelism() + 1)),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
      ...(long
        ? [
            {
              extends: true as const,
              test: { name: "long", include: [LONG], maxWorkers: 1, sequence: { groupOrder: 3 } },
            },
          ]
        : []),
    ],
  },
});
