/** npm run dev: builds what is missing and hands over to `wrangler dev`. */
import { spawn } from "node:child_process";
import { buildAll } from "./support/build.ts";

await buildAll();
const child = spawn(process.execPath, ["node_modules/wrangler/bin/wrangler.js", "dev", ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
