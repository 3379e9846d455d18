import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/support/test-models.ts"],
    include: ["test/**/*.test.ts"],
    // Real nets on two shared cores: a slow machine must not turn a right answer into a failure.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
