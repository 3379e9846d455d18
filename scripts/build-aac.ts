/** Compiles the AAC decoder, assembly/aac/, to build/aac.wasm: a module of its own, which only AAC streams load. */
import { main } from "assemblyscript/asc";

const { error, stderr } = await main(["--config", "asconfig.aac.json", "--target", "release"]);
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
