#!/usr/bin/env node
/** `orca-embed`: the command line. */
import { Command, CommanderError } from "commander";
import { asOrcaError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { extractCommand } from "./extract/command.ts";
import { followCommand } from "./follow.ts";
import { modelsCommand } from "./models/index.ts";
import { projectCommand } from "./project/command.ts";
import { serveCommand } from "./serve/command.ts";

const program = new Command("orca-embed")
  .description("Embeddings of underwater sound: VGGish, YAMNet, Humpback.")
  .version(VERSION)
  .addCommand(extractCommand())
  .addCommand(followCommand())
  .addCommand(projectCommand())
  .addCommand(serveCommand())
  .addCommand(modelsCommand());
for (const command of withSubcommands(program)) {
  // What comes after a subcommand's name is the subcommand's own.
  command.exitOverride().showSuggestionAfterError().enablePositionalOptions();
}

try {
  await program.parseAsync();
} catch (thrown) {
  // commander has said its own errors already.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    const error = asOrcaError(thrown);
    console.error(`orca-embed: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}`);
    process.exitCode ??= 1;
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
