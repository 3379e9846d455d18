import { basename } from "node:path";
import { readTable } from "../../delimited.node.ts";
import { OrcaError } from "../../errors.ts";
import { type Labelled, type Labels, LabelTable } from "../../labels/index.ts";
import { printNote } from "../print.ts";
import { readableFile } from "../readable-file.ts";

/** Names that are said of many. */
const NAMED = 3;

/** A table of labels, joined to recordings before the long work. Throws `bad_option`. */
export async function labelsOf(path: string, recordings: readonly Labelled[]): Promise<Labels> {
  await readableFile(path).catch(({ message }: OrcaError) => {
    throw new OrcaError("bad_option", `--labels ${path} cannot be read: ${message}`, { field: "labels" });
  });
  const name = basename(path);
  const { delimiter, rows } = await readTable(path, name, { code: "bad_option", field: "labels" });
  const labels = (await LabelTable.read(rows, delimiter, name)).join(recordings);
  const { named, strangers, moved } = labels;
  printNote(`Labels: for ${named} of ${recordings.length} recordings.`);
  if (moved)
    printNote(`Folders in ${name} are called otherwise than the recordings': these were known by their names.`);
  if (strangers.length > 0) {
    const some = `${strangers.slice(0, NAMED).join(", ")}${strangers.length > NAMED ? ", …" : ""}`;
    printNote(`${name} has labels of ${strangers.length} other recordings, which were not used (${some}).`);
  }
  return labels;
}
