import { Command, InvalidArgumentError, Option } from "commander";
import { defaultCache, fetchPublished, PATIENT } from "../../convert/fetch/index.ts";
import type { PublishedFile } from "../../convert/published-model.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { CATALOGUE, catalogued } from "../../models/catalogue.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { printError, printLine, printLines } from "../print.ts";
import { addOwn } from "./add.ts";
import { convertFetched } from "./convert.ts";
import { DownloadBars } from "./download-bars.ts";
import { describe, type FetchGiven, fetchingFor, fetchModels } from "./fetched.ts";
import { preset, presetNames } from "./presets.ts";

export const fetchOptions = (): Option[] => [
  new Option("--cache <dir>", "where fetched files are kept").default(defaultCache()),
  new Option("--from-origin <url>", "fetch from this mirror instead of Google").env("ORCA_MODELS_ORIGIN"),
  new Option("--timeout <seconds>", "how long to wait for an answer, and for each byte of it").argParser(seconds),
  new Option("--any-hash", "take files whose sha256 is not the known one; their tensors are checked all the same"),
];

export function fetchCommand(): Command {
  const command = new Command("fetch")
    .description("Fetch published weights and convert them; of presets, fetch the .onnx file and add it.")
    .argument("[names...]", `${CATALOGUE.map(({ description }) => description.id).join(", ")} (default: all)`)
    .option("--out, --models <dir>", "where models are kept", MODELS_FOLDER);
  for (const option of fetchOptions()) command.addOption(option);
  return command.action((names: string[], given: FetchGiven & { models: string }) => fetchAndConvert(names, given));
}

async function fetchAndConvert(names: readonly string[], given: FetchGiven & { models: string }): Promise<void> {
  const presets = await presetNames();
  const ready = names.filter((name) => presets.includes(name));
  const rest = names.filter((name) => !ready.includes(name));
  const wanted = names.length === 0 ? CATALOGUE : rest.map(catalogued);
  for (const name of ready) await tellFailure(name, () => fetchReady(name, given));
  const fetched = await fetchModels(wanted, given, PATIENT);
  for (const model of wanted) {
    const { id } = model.description;
    const outcome = fetched.get(id);
    if (outcome === undefined) continue;
    await tellFailure(id, async () => {
      if (outcome.error !== undefined) throw outcome.error;
      for (const sentence of outcome.sentences) printLine(sentence);
      printLines(await convertFetched(model, outcome, given.models));
    });
  }
}

/** One model that is not to be had does not cost the others theirs. */
async function tellFailure(id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    printError(asOrcaError(thrown), id);
    process.exitCode = 1;
  }
}

/** A model that others published as ONNX, by its preset. */
async function fetchReady(name: string, given: FetchGiven & { models: string }): Promise<void> {
  const described = await preset(name);
  const { source, note, description } = described;
  if (source === undefined) {
    throw new OrcaError("fetch_failed", `The preset ${name} names no address from which it could be fetched.`, {
      hint: note ?? `Get the .onnx file, then: orca-embed models add FILE.onnx --as ${name} --preset ${name}`,
    });
  }
  const { licence } = description as { licence?: { name?: string } };
  const [first = "", ...more] = source.addresses;
  const published: PublishedFile = {
    file: source.file,
    addresses: [first, ...more],
    sha256: source.sha256,
    most: source.most,
    licence: licence?.name ?? "",
  };
  const bars = new DownloadBars();
  try {
    const cached = await fetchPublished(published, fetchingFor(given, PATIENT, bars)(published.file));
    printLines(describe(cached, published.sha256));
    const own = { id: name, described, where: `the preset ${name}`, address: cached.address };
    for (const sentence of await addOwn(cached.path, own, given.models)) printLines(sentence);
  } finally {
    bars.stop();
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 3600) return value;
  throw new InvalidArgumentError("Use a number of seconds, up to 3600.");
}
