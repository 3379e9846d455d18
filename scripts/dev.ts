/** npm run dev: builds what is missing and hands over to `wrangler dev`. */
import { spawn } from "node:child_process";
import { buildAll } from "./support/build.ts";

await buildAll();
const child = spawn(process.execPath, ["node_modules/wrangler/bin/wrangler.js", "dev", ...process.argv.slice(2)], {
  stdio: "inherit",
  // What Cloudflare would tell of a request is not used: without a network, not asking spares an error and its trace.
  env: { CLOUDFLARE_CF_FETCH_ENABLED: "false", ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
