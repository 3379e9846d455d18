/** npm run dev: builds what is missing and hands over to `wrangler dev`, which ends with this process. */
import { KeptProcess } from "../src/cli/workerd/kept-process.ts";
import { buildAll } from "./support/build.ts";
import { whenParentEnds } from "./support/parent.ts";

await buildAll();
const given = process.argv.slice(2);
// Its keys (b, d, x) want the terminal's foreground, which is this process'.
const args = ["dev", "--show-interactive-dev-session=false"];
// On a name of another machine loopback would serve any page that a browser is led to (DNS rebinding).
if (!given.some((arg) => arg.startsWith("--ip"))) args.push("--var", "ALLOWED_HOSTS:loopback");
const wrangler = new KeptProcess(process.execPath, ["node_modules/wrangler/bin/wrangler.js", ...args, ...given], {
  stdout: "inherit",
  // What Cloudflare would tell of a request is not used: without a network, not asking spares an error and its trace.
  env: { CLOUDFLARE_CF_FETCH_ENABLED: "false", ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void wrangler.stop());
whenParentEnds(() => void wrangler.stop());
await wrangler.exited;
process.exit(wrangler.keeper.exitCode ?? 1);
