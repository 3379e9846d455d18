/** npm run build: kernels, models, assets, and the library and command line as JavaScript in lib/. */
import { buildAll } from "./support/build.ts";
import { buildLibrary } from "./support/library.ts";

await buildAll();
console.log("Building the library …");
await buildLibrary();
