/** npm test: lint, types, the build, and every test in Node and in workerd. Arguments go to vitest. */
import { spawn, spawnSync } from "node:child_process";
import { buildAll } from "./support/build.ts";

/** Runs beside the build, on another core; what it prints comes in one piece. */
function beside(name: string, script: string, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  return new Promise((resolve) =>
    child.on("close", (status) => {
      console.log(`\n── ${name}\n${printed}`);
      if (status !== 0) process.exit(status ?? 1);
      resolve();
    }),
  );
}

const checks = async () => {
  await beside("Lint (biome)", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".");
  await beside("Types (tsc)", "node_modules/typescript/bin/tsc", "--noEmit", "-p", ".");
  await beside("Types of the page (tsc)", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "page");
};
await Promise.all([checks(), buildAll()]);
console.log("\n── Tests (vitest)");
const args = ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
