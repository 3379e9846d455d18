/** npm test: lint, types, the build, and every test in Node and in workerd. Arguments go to vitest. */
import { spawnSync } from "node:child_process";
import { buildAll } from "./support/build.ts";

const step = (name: string, script: string, ...args: string[]) => {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};

step("Lint (biome)", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".");
step("Types (tsc)", "node_modules/typescript/bin/tsc", "--noEmit", "-p", ".");
step("Types of the page (tsc)", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "page");
await buildAll();
step("Tests (vitest)", "node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2));
