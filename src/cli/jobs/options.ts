import { OrcaError } from "../../errors.ts";
import { choice, model, option, present, text } from "../../options/index.ts";

/** The variables that have the server and its token, where they are not given. */
export const SERVER_VARIABLE = "ORCA_JOBS_SERVER";
export const TOKEN_VARIABLE = "ORCA_JOBS_TOKEN";

/** The options of every command about jobs. */
export const SERVER = {
  server: option({
    name: "server",
    ...text("an address"),
    otherwise: `that in ${SERVER_VARIABLE}, or http://127.0.0.1:8787`,
    help: "The Worker for archives.",
    argument: "<url>",
  }),
  token: option({
    name: "token",
    ...text("a token"),
    otherwise: `that in ${TOKEN_VARIABLE}`,
    help: "A token of the server's. Other users of the machine can read what is on a command line.",
    argument: "<token>",
  }),
};

export const JOBS_START = {
  model,
  variant: option({
    name: "variant",
    ...text("a name like `int8`"),
    otherwise: "the server's",
    help: "Which form of the weights.",
    argument: "<name>",
  }),
  out: option({
    name: "out",
    ...text("the beginning of keys"),
    otherwise: "`embeddings/`",
    help: "Where in the bucket the results go.",
    argument: "<prefix>",
  }),
  scores: option({ name: "scores", ...present, help: "The model's scores too." }),
  pcen: option({
    name: "pcen",
    ...choice(["clip", "window"]),
    otherwise: "`clip`",
    help: "Humpback's gain control: over the recording, or anew in each window, which long recordings need.",
    argument: "<mode>",
  }),
  id: option({
    name: "id",
    ...text("a name"),
    otherwise: "one that nothing else has",
    help: "What the job is called. The same command with the same name begins it once.",
    argument: "<name>",
  }),
  ...SERVER,
};

export const JOBS_SHOW = {
  follow: option({
    name: "follow",
    ...present,
    help: "Go on until the job has ended; exits with 1 where a recording failed.",
  }),
  ...SERVER,
};

export const JOBS_FAILURES = {
  dead: option({
    name: "dead",
    ...present,
    help: "Only those that the queue gave up, after it tried them four times.",
  }),
  ...SERVER,
};

/** The server's address without a slash at the end. Throws `bad_option`. */
export function serverOf(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const address = given ?? env[SERVER_VARIABLE] ?? "http://127.0.0.1:8787";
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address.replace(/\/+$/, "");
  throw new OrcaError("bad_option", `--server ${address} is no address.`, {
    field: "server",
    hint: "Like http://127.0.0.1:8787.",
  });
}
