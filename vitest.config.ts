import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * Run last, one file at a time: what is measured against the machine at rest (frames a second, bytes of memory), and
 * what serves or makes dist/, which wrangler watches.
 */
const ALONE = [
  "test/page/ten-minutes.test.ts",
  "test/page/viewer.test.ts",
  "test/workerd/memory.test.ts",
  "test/workerd/demo.test.ts",
  "test/workerd/r2.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: ["test/support/test-models.ts"],
    // Real nets on two shared cores: a slow machine must not turn a right answer into a failure.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["test/**/*.test.ts"],
          exclude: ALONE,
          // A file may hold a full-size net, a workerd and a browser, which want a core of their own: two files on two
          // cores took four fifths of the time of one after the other, and missed time limits.
          maxWorkers: Math.max(1, Math.min(4, availableParallelism() - 1)),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
