import { Command } from "commander";
import { DEFAULT_ENGINE } from "../../engines/index.ts";
import { OrcaError } from "../../errors.ts";
import { CATALOGUE, type Check } from "../../models/catalogue.ts";
import { MODELS_FOLDER, nodeRuntime } from "../../runtime.node.ts";
import { engineName, namedOrAll } from "../options.ts";
import { printLines } from "../print.ts";
import { readableFile } from "../readable-file.ts";
import { table } from "../table.ts";
import { checksAgainst } from "./against.ts";

interface Given {
  readonly models: string;
  readonly variant: string;
  readonly engine: string;
  readonly audio?: string;
  readonly against?: string;
}

export function verifyCommand(): Command {
  return new Command("verify")
    .description("Run each model's published checks, from audio to scores; the exit code is 1 where one fails.")
    .argument("[names...]", "models (default: all that are here)")
    .option("--audio <file>", "a recording with humpback song, for Humpback's check")
    .option("--against <file>", "what another runtime gave for a waveform (.npz), for one model (docs/models.md)")
    .option("--variant <name>", "form of the weights", "fp32")
    .option("--engine <name>", "what runs the nets: auto, kernels or ort", DEFAULT_ENGINE)
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(verify);
}

async function verify(
  names: readonly string[],
  { models: folder, variant, audio, against, ...given }: Given,
): Promise<void> {
  const engine = engineName(given.engine);
  const runtime = await nodeRuntime(folder);
  const wanted = await namedOrAll(names, folder);
  if (audio !== undefined) {
    await readableFile(audio).catch((thrown: OrcaError) => {
      throw new OrcaError(thrown.code, `${audio}: ${thrown.message}`, { field: "audio" });
    });
  }
  const [first, ...others] = wanted;
  if (against !== undefined && (first === undefined || others.length > 0)) {
    throw new OrcaError("bad_option", "--against is for one model: name it.", { field: "against" });
  }
  const rows: string[][] = [];
  let failed = 0;
  for (const name of wanted) {
    // Also the check that the files are what the manifest says.
    const { entry } = await runtime.store.load(name, variant, engine);
    if (entry.weights === "seeded" && against === undefined) {
      rows.push([name, "all", "-", "seeded weights: there is nothing learned to verify", "not run"]);
      continue;
    }
    if (against !== undefined) {
      const path = await readableFile(against);
      const checks = await checksAgainst(path, entry.description, runtime, { variant, engine });
      failed += tell(name, checks, rows);
      continue;
    }
    const model = CATALOGUE.find(({ description }) => description.id === name);
    if (model === undefined) {
      rows.push([name, "all", "-", "its maker names none here: models verify NAME --against FILE.npz", "not run"]);
      continue;
    }
    failed += tell(name, await model.checks({ runtime, form: { variant, engine }, audio }), rows);
  }
  printLines(table(["model", "check", "expected", "got", "verdict"], rows));
  if (failed > 0) process.exitCode = 1;
}

/** Adds a row a check, and gives how many failed. */
function tell(name: string, checks: readonly Check[], rows: string[][]): number {
  for (const { check, expected, got, passed } of checks) {
    rows.push([name, check, expected, got, passed === undefined ? "not run" : passed ? "passed" : "FAILED"]);
  }
  return checks.filter(({ passed }) => passed === false).length;
}
