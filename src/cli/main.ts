/** `orca-embed`: the command line. */
import { Command, CommanderError } from "commander";
import { asOrcaError, type ErrorCode } from "../errors.ts";
import { VERSION } from "../version.ts";
import { outliveOutput, printableLines, printError } from "./print.ts";

/** What ends a command with 2, because it was asked for what cannot be; 1 is for what failed. */
const CANNOT_BEGIN: ReadonlySet<ErrorCode> = new Set([
  "bad_option",
  "head_invalid",
  "unknown_model",
  "unknown_variant",
  "busy",
  "unwritable",
]);

/** Every command by its name, in the order in which help lists them. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  extract: async () => (await import("./extract/command.ts")).extractCommand(),
  collect: async () => (await import("./collect/command.ts")).collectCommand(),
  follow: async () => (await import("./follow.ts")).followCommand(),
  push: async () => (await import("./push/command.ts")).pushCommand(),
  watch: async () => (await import("./watch/command.ts")).watchCommand(),
  project: async () => (await import("./project/command.ts")).projectCommand(),
  search: async () => (await import("./search/command.ts")).searchCommand(),
  explore: async () => (await import("./explore/command.ts")).exploreCommand(),
  label: async () => (await import("./label/command.ts")).labelCommand(),
  merge: async () => (await import("./merge/command.ts")).mergeCommand(),
  import: async () => (await import("./import/command.ts")).importCommand(),
  train: async () => (await import("./heads/train.ts")).trainCommand(),
  judge: async () => (await import("./heads/judge.ts")).judgeCommand(),
  detect: async () => (await import("./heads/detect.ts")).detectCommand(),
  rescan: async () => (await import("./rescan/command.ts")).rescanCommand(),
  next: async () => (await import("./heads/next.ts")).nextCommand(),
  noise: async () => (await import("./heads/noise.ts")).noiseCommand(),
  serve: async () => (await import("./serve/command.ts")).serveCommand(),
  jobs: async () => (await import("./jobs/command.ts")).jobsCommand(),
  models: async () => (await import("./models/index.ts")).modelsCommand(),
};

const program = new Command("orca-embed")
  .description("Embeddings of underwater sound: VGGish, YAMNet, Humpback.")
  .version(VERSION);
// Only what is asked for is read: that halves a start. Help, and what is none of them, need them all.
const [, , asked = ""] = process.argv;
const needed = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
for (const make of needed) if (make !== undefined) program.addCommand(await make());
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
    process.exitCode ??= CANNOT_BEGIN.has(error.code) ? 2 : 1;
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
