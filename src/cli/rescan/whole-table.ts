import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { counted } from "../../counted.ts";
import { Draft } from "../draft.ts";
import { resultName } from "../extract/formats.ts";
import { printLine } from "../print.ts";
import { TABLES, type TableName } from "./event-tables.ts";

/** Puts the tables of all files end to end, in the order of their names, as one that appears when it is whole. */
export async function writeWholeTable(
  names: readonly string[],
  heads: string,
  table: TableName,
  out: string,
  target: string,
): Promise<void> {
  const { head } = TABLES[table];
  const draft = new Draft(target);
  let [tables, rows] = [0, 0];
  let quoted = false;
  try {
    await draft.write(head);
    for (const name of names.toSorted()) {
      const path = join(out, resultName(name, heads, table));
      if (!existsSync(path)) continue;
      tables++;
      // What each begins with is as long as the head.
      for await (const bytes of createReadStream(path, { start: Buffer.byteLength(head) })) {
        for (const byte of bytes as Uint8Array) {
          // In CSV a name may hold a line's end, within quotes.
          if (byte === 0x22 && table === "csv") quoted = !quoted;
          else if (byte === 0x0a && !quoted) rows++;
        }
        await draft.write(bytes as Uint8Array);
      }
    }
    await draft.keep();
  } catch (thrown) {
    await draft.drop();
    throw thrown;
  }
  printLine(`${target}: ${counted(rows, "event")} of ${tables} of ${counted(names.length, "file")}.`);
}
