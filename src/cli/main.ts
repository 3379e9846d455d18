/** `orca-embed`: the command line. */
import { Command, CommanderError } from "commander";
import { asOrcaError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { collectCommand } from "./collect/command.ts";
import { exploreCommand } from "./explore/command.ts";
import { extractCommand } from "./extract/command.ts";
import { followCommand } from "./follow.ts";
import { detectCommand } from "./heads/detect.ts";
import { judgeCommand } from "./heads/judge.ts";
import { nextCommand } from "./heads/next.ts";
import { noiseCommand } from "./heads/noise.ts";
import { trainCommand } from "./heads/train.ts";
import { importCommand } from "./import/command.ts";
import { labelCommand } from "./label/command.ts";
import { modelsCommand } from "./models/index.ts";
import { outliveOutput, printableLines, printError } from "./print.ts";
import { projectCommand } from "./project/command.ts";
import { searchCommand } from "./search/command.ts";
import { serveCommand } from "./serve/command.ts";
import { watchCommand } from "./watch/command.ts";

const program = new Command("orca-embed")
  .description("Embeddings of underwater sound: VGGish, YAMNet, Humpback.")
  .version(VERSION)
  .addCommand(extractCommand())
  .addCommand(collectCommand())
  .addCommand(followCommand())
  .addCommand(watchCommand())
  .addCommand(projectCommand())
  .addCommand(searchCommand())
  .addCommand(exploreCommand())
  .addCommand(labelCommand())
  .addCommand(importCommand())
  .addCommand(trainCommand())
  .addCommand(judgeCommand())
  .addCommand(detectCommand())
  .addCommand(nextCommand())
  .addCommand(noiseCommand())
  .addCommand(serveCommand())
  .addCommand(modelsCommand());
for (const command of withSubcommands(program)) {
  // What comes after a subcommand's name is the subcommand's own.
  command.exitOverride().showSuggestionAfterError().enablePositionalOptions();
  command.configureOutput({
    writeOut: (text) => void process.stdout.write(printableLines(text)),
    writeErr: (text) => void process.stderr.write(printableLines(text)),
  });
}
outliveOutput();

try {
  await program.parseAsync();
} catch (thrown) {
  // commander has said its own errors already.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    const error = asOrcaError(thrown);
    printError(error);
    // Where work had begun, whoever did it has said 1.
    process.exitCode ??= error.code === "unwritable" ? 2 : 1;
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
