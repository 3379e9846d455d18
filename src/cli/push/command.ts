import { Command } from "commander";
import { OrcaError } from "../../errors.ts";
import { option, text, type ValuesOf, whole } from "../../options/index.ts";
import { withOptions } from "../options.ts";
import { printNote } from "../print.ts";
import { sendSound } from "./sender.ts";
import { stdinSound } from "./stdin-sound.ts";

/** The variable that has the token, where it is not given. */
const TOKEN = "ORCA_PUSH_TOKEN";

export const PUSH = {
  to: option({
    name: "to",
    ...text("an address"),
    help: "The watch that takes it: http://127.0.0.1:8788; over a WebSocket ws://127.0.0.1:8788.",
    argument: "<url>",
    missing: () => new OrcaError("bad_option", "Say where it is sent: --to http://127.0.0.1:8788.", { field: "to" }),
  }),
  as: option({
    name: "as",
    ...text("a name"),
    help: "The hydrophone that it is.",
    argument: "<name>",
    missing: () => new OrcaError("bad_option", "Say which hydrophone it is: --as NAME.", { field: "as" }),
  }),
  token: option({
    name: "token",
    ...text("a token"),
    otherwise: `that in the environment variable ${TOKEN}`,
    help: "The hydrophone's token. Other users of the machine can read what is on a command line.",
    argument: "<token>",
  }),
  rate: option({
    name: "rate",
    ...whole(1000, 768_000, "Hz"),
    otherwise: "what the WAV header says",
    help: "Sample rate of raw samples.",
    argument: "<hz>",
  }),
  channels: option({
    name: "channels",
    ...whole(1, 256),
    otherwise: "what the WAV header says",
    help: "Channels of raw samples.",
    argument: "<count>",
  }),
};

export function pushCommand(): Command {
  const command = new Command("push").description(
    "Sends sound from standard input to a watch, as it is recorded: WAV, or raw samples, of 16 bits (arecord | orca-embed push).",
  );
  return withOptions(command, PUSH, (_none: unknown, read) => run(read()));
}

async function run({ to, as, token = process.env[TOKEN] ?? "", rate, channels }: ValuesOf<typeof PUSH>): Promise<void> {
  if (token === "") {
    throw new OrcaError("bad_option", "The hydrophone's token is missing.", {
      field: "token",
      hint: `Set ${TOKEN}, or give --token.`,
    });
  }
  if (!URL.canParse(to) || !/^(http|ws)s?:$/.test(new URL(to).protocol)) {
    throw new OrcaError("bad_option", `--to ${to} is no address.`, {
      field: "to",
      hint: "Like http://127.0.0.1:8788.",
    });
  }
  const url = `${to.replace(/\/+$/, "")}/v1/hydrophones/${encodeURIComponent(as)}/sound`;
  const sound = await stdinSound(process.stdin, { rate, channels });
  await sendSound(sound, { url, token, say: (line) => printNote(`${new Date().toISOString()} ${line}`) });
}
