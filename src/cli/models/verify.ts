import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { sha256OfFile } from "../../convert/hash.ts";
import { OrcaError } from "../../errors.ts";
import { MODEL_NAMES } from "../../models/index.ts";
import { unpackVggishPca, type VggishPca } from "../../models/vggish-pca.ts";
import { DEFAULT_ENGINE, type ManifestModel } from "../../onnx/index.ts";
import { MODELS_FOLDER, nodeRuntime } from "../../runtime.node.ts";
import { engineName, modelList } from "../options.ts";
import { readableFile } from "../readable-file.ts";
import { CHECKS } from "./checks.ts";
import { table } from "./table.ts";

interface Given {
  readonly models: string;
  readonly variant: string;
  readonly engine: string;
  readonly audio?: string;
}

export function verifyCommand(): Command {
  return new Command("verify")
    .description("Run each model's published checks, from audio to scores; the exit code is 1 where one fails.")
    .argument("[names...]", "vggish, yamnet, humpback (default: all that are here)")
    .option("--audio <file>", "a recording with humpback song, for Humpback's check")
    .option("--variant <name>", "form of the weights", "fp32")
    .option("--engine <name>", "what runs the nets: ort or kernels", DEFAULT_ENGINE)
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(verify);
}

async function verify(names: readonly string[], { models: folder, variant, audio, ...given }: Given): Promise<void> {
  const engine = engineName(given.engine);
  const runtime = await nodeRuntime(folder);
  const { models } = await runtime.store.manifest();
  const here = MODEL_NAMES.filter((name) => models.some((entry) => entry.name === name));
  const wanted = names.length === 0 ? here : modelList(names.join(","));
  if (audio !== undefined) {
    await readableFile(audio).catch((thrown: OrcaError) => {
      throw new OrcaError(thrown.code, `${audio}: ${thrown.message}`, { field: "audio" });
    });
  }
  const rows: string[][] = [];
  let failed = 0;
  for (const name of wanted) {
    // Also the check that the files are what the manifest says.
    const { entry } = await runtime.store.load(name, variant, engine);
    if (entry.weights === "seeded") {
      rows.push([name, "all", "-", "seeded weights: there is nothing learned to verify", "not run"]);
      continue;
    }
    const pca = await readPca(folder, entry);
    for (const { check, expected, got, passed } of await CHECKS[name]({
      runtime,
      form: { variant, engine },
      pca,
      audio,
    })) {
      rows.push([name, check, expected, got, passed === undefined ? "not run" : passed ? "passed" : "FAILED"]);
      if (passed === false) failed++;
    }
  }
  console.log(table(["model", "check", "expected", "got", "verdict"], rows));
  if (failed > 0) process.exitCode = 1;
}

async function readPca(folder: string, { pca }: ManifestModel): Promise<VggishPca | undefined> {
  if (pca === undefined) return undefined;
  const path = join(folder, pca.file);
  if ((await sha256OfFile(path)) === pca.sha256) return unpackVggishPca(await readFile(path));
  throw new OrcaError("model_damaged", `${pca.file} is not the file that the manifest describes.`, {
    hint: "Convert VGGish again.",
  });
}
