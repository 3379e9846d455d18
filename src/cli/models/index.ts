import { Command } from "commander";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { printLines } from "../print.ts";
import { addCommand } from "./add.ts";
import { compareCommand } from "./compare.ts";
import { convertCommand } from "./convert.ts";
import { fetchCommand, fetchOptions } from "./fetch.ts";
import { listCommand } from "./list.ts";
import { packCommand } from "./pack.ts";
import { type PrepareOptions, prepareModels } from "./prepare.ts";
import { pushCommand } from "./push.ts";
import { verifyCommand } from "./verify.ts";

/** `orca-embed models`: alone it prepares a whole set of models; each subcommand does one thing. */
export function modelsCommand(): Command {
  const command = new Command("models")
    .description("Prepare the models: the published ones where they can be fetched, else seeded ones.")
    .option("--yamnet <file>", "YAMNet's published weights (yamnet.h5)")
    .option("--out, --models <dir>", "where models are kept", MODELS_FOLDER)
    .option("--offline", "do not try the network")
    .option("--rebuild", "build seeded models anew even where there are models");
  for (const option of fetchOptions()) command.addOption(option);
  return command
    .action((given: PrepareOptions) => prepareModels(given, printLines))
    .addCommand(fetchCommand())
    .addCommand(convertCommand())
    .addCommand(addCommand())
    .addCommand(packCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(compareCommand())
    .addCommand(pushCommand());
}
