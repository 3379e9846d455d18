/** Runs a TypeScript script with the Node that npm scripts see, or says in a sentence what is missing. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const script = process.argv[2];
if (!existsSync(new URL("../node_modules/wrangler", import.meta.url))) {
  stop("The dependencies are not installed. Run: npm ci");
}
if (major < 22 || (major === 22 && minor < 18)) {
  stop(
    `This is Node ${process.versions.node}, and 22.18 or newer is needed. On Linux it comes with npm ci (start this with npm run); elsewhere install it from nodejs.org.`,
  );
}
process.argv.splice(1, 1);
await import(pathToFileURL(script).href);

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
