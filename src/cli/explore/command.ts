import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPaths } from "../../collection/folder.node.ts";
import { asOrcaError } from "../../errors.ts";
import { option, text, whole } from "../../options/index.ts";
import { ASSETS_FOLDER, vectorModule } from "../../runtime.node.ts";
import { folderAssets } from "../folder-assets.ts";
import { serveOnLoopback } from "../loopback-server.ts";
import { modelsFolder, withOptions } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { type Explored, exploring } from "./respond.ts";

/** The options of `explore`. */
export const EXPLORE = {
  port: option({
    name: "port",
    ...whole(0, 65_535),
    default: "0",
    help: "Port on this machine; 0 is any that is free.",
    argument: "<port>",
  }),
  audio: option({
    name: "audio",
    ...text("a folder"),
    otherwise: "where they were collected",
    help: "Where the recordings lie, to be listened to.",
    argument: "<dir>",
  }),
  folder: modelsFolder,
};

export function exploreCommand(): Command {
  const command = new Command("explore")
    .description("Serves a collection to this machine: the page, and the same requests as the Worker's.")
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, EXPLORE, async (given: string, read) => {
    const { port, audio, folder } = read();
    const explored = await open(given, audio, folder);
    const page = existsSync(join(ASSETS_FOLDER, "page/start.htm")) ? folderAssets(ASSETS_FOLDER) : undefined;
    const { url } = await serveOnLoopback(port, exploring(explored, page));
    printLine(`${url}/v1/collections`);
    if (page === undefined) printNote("The page is not built: npm run build makes it.");
    else printLine(`${url}/?collection=${encodeURIComponent(explored.name)}`);
    printNote("Serving until Ctrl-C.");
  });
}

/** Collections are opened for writing, so that they can be labelled; one that can only be read is searched all the same. */
async function open(given: string, audio: string | undefined, models: string): Promise<Explored> {
  const folders = new Map<string, CollectionFolder>();
  for (const path of await collectionPaths(given)) {
    const folder = await CollectionFolder.openForWriting(path).catch((thrown: unknown) => {
      if (asOrcaError(thrown).code !== "unwritable") throw thrown;
      printNote(`${path} can only be read: labels are not kept.`);
      return CollectionFolder.open(path);
    });
    folders.set(folder.collection.model.id, folder);
  }
  return { name: basename(resolve(given)), folders, audio, models, vectors: await vectorModule() };
}
