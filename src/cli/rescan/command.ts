import { join } from "node:path";
import { Command } from "commander";
import { DEFAULT_OPTIONS } from "../../embed/index.ts";
import { OrcaError } from "../../errors.ts";
import type { LoadedHead } from "../../heads/index.ts";
import type { Settings, ValuesOf } from "../../options/index.ts";
import { isRemote } from "../../remote/index.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import type { Setup } from "../extract/extract-one.ts";
import { filesStore } from "../extract/result-store.ts";
import { bucketStore } from "../extract/results-bucket.ts";
import { run } from "../extract/run.ts";
import { chosenHeads, headFiles, madeHeads } from "../heads/chosen.ts";
import { withOptions } from "../options.ts";
import type { Taking } from "../recordings/index.ts";
import { remoteSettings } from "../remote-options.ts";
import { isDatabase } from "./open-stored.ts";
import { RESCAN } from "./options.ts";
import { writeWholeTable } from "./whole-table.ts";

export function rescanCommand(): Command {
  const command = new Command("rescan")
    .description(
      "Runs heads over the stored embeddings of an archive, without its sound: Parquet files and collections.",
    )
    .argument(
      "<embeddings...>",
      "files, folders, or patterns in quotes like 'site-*/**/*.parquet'; https:// and s3://BUCKET/PREFIX",
    );
  return withOptions(command, RESCAN, (given: readonly string[], read) => rescan(given, read()));
}

async function rescan(given: readonly string[], chosen: ValuesOf<typeof RESCAN>): Promise<void> {
  const { out, format, jobs, shard, redo, base } = chosen;
  const files = headFiles({ ...chosen, detect: [] });
  if (files === undefined)
    throw new OrcaError("bad_option", "--head names no head.", { field: "head", hint: "orca-embed train makes one." });
  const heads = await chosenHeads(files);
  const name = heads.trained.map(({ head }) => head.id).join("+");
  const { trained = "", site = "", events = "" } = madeHeads(heads);
  const settings: Settings = { head: trained, site, events };
  const setup: Setup = {
    models: MODELS_FOLDER,
    options: DEFAULT_OPTIONS,
    variant: "",
    engine: "",
    layout: { encoding: "numbers", scores: false, spectrogram: false, outputs: [], minScore: 0, classes: [] },
    out,
    remote: remoteSettings(chosen),
    headFiles: files,
    stored: true,
  };
  let names: string[] = [];
  const failed = await run({
    given,
    models: [name],
    settings: new Map([[name, settings]]),
    sinks: format,
    setup,
    jobs,
    redo,
    base,
    shard,
    node: undefined,
    takes: takingFor(heads.trained),
    shares: true,
    store(made, found) {
      names = found.recordings.map((one) => one.name);
      return isRemote(made.out) ? bucketStore(made) : filesStore(made);
    },
  });
  if (shard === undefined && !isRemote(out))
    for (const one of format) await writeWholeTable(names, name, one, out, join(out, `events.${one}`));
  if (failed > 0) process.exitCode = 1;
}

/** Collections, and results of the heads' model; where a head does not say its model, of any. */
function takingFor(heads: readonly LoadedHead[]): Taking {
  const ids = new Set(heads.map(({ head }) => head.model.id));
  const endings = ids.has("unknown") ? [".parquet"] : [...ids].map((id) => `.${id}.parquet`);
  return {
    isOne: (name) => isDatabase(name) || endings.some((ending) => name.endsWith(ending)),
    others: {
      leftOut: `files that are not called as embeddings of ${[...ids].join(", ")} are`,
      hint: `They are called …${endings[0]}; one that is named itself is read whatever it is called.`,
    },
  };
}
