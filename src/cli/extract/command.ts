import { Command } from "commander";
import { SEEDED_WARNING } from "../../embed/index.ts";
import { OrcaError } from "../../errors.ts";
import { checkModel, embedOptions, rawFormat, type ValuesOf } from "../../options/index.ts";
import { isRemote } from "../../remote/index.ts";
import { nodeRuntime } from "../../runtime.node.ts";
import { classList } from "../class-list.ts";
import { headFiles } from "../heads/chosen.ts";
import { modelList, netOf, WORDS, withOptions } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import type { NodeRequest } from "../recordings/index.ts";
import { remoteSettings } from "../remote-options.ts";
import { extractOne, type Setup } from "./extract-one.ts";
import { EXTRACT } from "./options.ts";
import { filesStore } from "./result-store.ts";
import { bucketStore } from "./results-bucket.ts";
import { type Request, run } from "./run.ts";
import { resultLine } from "./say.ts";

export function extractCommand(): Command {
  const command = new Command("extract")
    .description("Embeddings of recordings, as NDJSON, CSV, npz, Parquet or Raven selection tables.")
    .argument(
      "[recordings...]",
      "files, folders, or patterns in quotes like 'site-*/**/*.flac'; https:// and s3://BUCKET/PREFIX; - is standard input",
    );
  return withOptions(command, EXTRACT, (given: readonly string[], read) => extractAll(given, read()));
}

async function extractAll(given: readonly string[], chosen: ValuesOf<typeof EXTRACT>): Promise<void> {
  const { folder, out, encoding, minScore, classes, jobs, redo, base, shard } = chosen;
  const node = nodeOf(given, chosen);
  const options = embedOptions(EXTRACT, chosen, rawFormat(chosen, WORDS.bare));
  const heads = headFiles(chosen);
  const setup: Setup = {
    models: folder,
    options,
    ...netOf(chosen),
    layout: {
      encoding,
      scores: options.scores,
      spectrogram: options.spectrogram,
      outputs: options.outputs,
      minScore,
      classes: classes === undefined ? [] : (await classList(classes)).map(({ name }) => name),
    },
    out,
    remote: remoteSettings(chosen),
    ...(heads === undefined ? {} : { headFiles: heads }),
  };
  const standardInput = given.includes("-");
  // Said before anything is looked for.
  if (standardInput && (given.length > 1 || chosen.models.length > 1 || chosen.models[0] === "all")) {
    throw new OrcaError("bad_option", "Standard input (-) can be read once, by one model, and by itself.", {
      hint: "Give one --model and no other recording, or save it to a file first.",
    });
  }
  if (standardInput && isRemote(out)) {
    throw new OrcaError("bad_option", "What comes by standard input (-) goes to a folder.", { field: "out" });
  }
  const models = await modelList(chosen.models, folder);
  const request: Request = {
    given,
    models,
    sinks: chosen.format,
    setup,
    jobs,
    redo,
    base,
    shard,
    node,
    shares: true,
    store: (made) => (isRemote(made.out) ? bucketStore(made) : filesStore(made)),
  };
  if (standardInput) await extractInput(request);
  else if ((await run(request)) > 0) process.exitCode = 1;
}

/** Where Orcasound's nodes publish, and where their recordings without loss are kept (orcanode; registry.opendata.aws/orcasound). */
const ORCASOUND = { hls: "s3://audio-orcasound-net", flac: "s3://archive-orcasound-net" };

/** What of an Orcasound node is asked for; undefined where recordings are given. Throws `bad_option`. */
export function nodeOf(
  given: readonly string[],
  chosen: Pick<ValuesOf<typeof EXTRACT>, "node" | "from" | "to" | "sound" | "archive">,
): NodeRequest | undefined {
  const { node, from, to, sound, archive } = chosen;
  if (node === undefined) {
    const other = (["from", "to", "archive"] as const).find((name) => chosen[name] !== undefined);
    if (other !== undefined) throw new OrcaError("bad_option", `--${other} is for --node.`, { field: other });
    if (given.length > 0) return undefined;
    throw new OrcaError("bad_option", "No recordings were given.", {
      hint: "Give files, folders, addresses, or --node.",
    });
  }
  if (given.length > 0) throw new OrcaError("bad_option", "Give either recordings or --node.", { field: "node" });
  if (from === undefined || to === undefined || from >= to) {
    throw new OrcaError("bad_option", "--node needs --from and a later --to.", { field: "from" });
  }
  return { node, from, to, sound, archive: archive ?? ORCASOUND[sound] };
}

/** Standard input: it comes once, so no manifest says whether it was done. */
async function extractInput({ models: [model = ""], sinks: formats, setup }: Request): Promise<void> {
  const runtime = await nodeRuntime(setup.models);
  const entry = await runtime.store.entry(model);
  checkModel(EXTRACT, entry.description, setup, WORDS);
  if (entry.weights === "seeded") printNote(`${model}: ${SEEDED_WARNING}`);
  const store = filesStore(setup);
  const task = { id: 0, path: "-", name: "stdin", model, formats };
  const outcome = await extractOne(task, setup, runtime, () => undefined);
  printLine(resultLine(store.place(task), outcome));
  for (const { message } of outcome.findings) printNote(`stdin: ${message}`);
}
