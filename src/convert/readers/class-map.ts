import { basename } from "node:path";
import { readTable } from "../../delimited.node.ts";
import type { TableRow } from "../../delimited.ts";
import { OrcaError } from "../../errors.ts";
import type { ModelClass } from "../../models/index.ts";

/**
 * Reads yamnet_class_map.csv (tensorflow/models research/audioset/yamnet; assets/ of the SavedModel): columns index, mid and
 * display_name, a row a class in the order of the scores. Throws `weights_invalid` where a class is missing, out of order
 * or without a name.
 */
export async function readClassMap(path: string): Promise<ModelClass[]> {
  const file = basename(path);
  const all: TableRow[] = [];
  for await (const row of (await readTable(path, file, { code: "weights_invalid", hint: HINT })).rows) all.push(row);
  const [head, ...rows] = all;
  const column = (name: string) => head?.fields.indexOf(name) ?? -1;
  const [index, id, name] = [column("index"), column("mid"), column("display_name")];
  if (name === -1) throw invalid(`${file} has no column display_name.`);
  if (rows.length === 0) throw invalid(`${file} names no class.`);
  return rows.map(({ line, fields }, at) => {
    if (index !== -1 && Number(fields[index]) !== at) {
      throw invalid(`${file}: line ${line} has the index ${fields[index]} where ${at} is due.`);
    }
    const found = fields[name] ?? "";
    if (found === "") throw invalid(`${file}: line ${line} has no name.`);
    return { id: fields[id] ?? "", name: found };
  });
}

const HINT = "Is this yamnet_class_map.csv?";

function invalid(message: string): OrcaError {
  return new OrcaError("weights_invalid", message, { hint: HINT });
}
