import { Command } from "commander";
import { readManifest } from "../../convert/models-folder.ts";
import { ENGINES } from "../../engines/index.ts";
import { OrcaError } from "../../errors.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { printLines } from "../print.ts";
import { table } from "../table.ts";

export function listCommand(): Command {
  return new Command("list")
    .description("List the models that are here: sizes, weights, where they came from, licences.")
    .option("--json", "as JSON")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(async ({ models: folder, json = false }: { models: string; json?: boolean }) =>
      printLines(await listModels(folder, json)),
    );
}

async function listModels(folder: string, json: boolean): Promise<string> {
  const { models } = await readManifest(folder);
  if (json) return JSON.stringify(models, undefined, 2);
  if (models.length === 0) {
    throw new OrcaError("models_missing", `There are no models in ${folder}.`, {
      hint: "Prepare them: npm run models",
    });
  }
  const rows = models.flatMap(({ description, variants, weights, parameters, source }) =>
    Object.entries(variants).map(([variant, files]) => [
      description.id,
      variant,
      ...ENGINES.map((engine) => megabytes(files.artefacts[engine]?.bytes)),
      weights,
      String(parameters),
      source.address,
      source.sha256?.slice(0, 12) ?? "-",
      description.licence.name,
    ]),
  );
  return table(["model", "variant", ...ENGINES, "weights", "parameters", "source", "sha256", "licence"], rows);
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "-" : `${(bytes / 1e6).toFixed(1)} MB`;
}
