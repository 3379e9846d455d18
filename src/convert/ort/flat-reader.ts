import type { FlatField, FlatSchema, FlatTable, FlatValue } from "./flat-schema.ts";

/**
 * Everything that a buffer of FlatBuffers holds. Throws where it has a field that the schema does not know, or reaches
 * outside: what is read is written again, and nothing may be lost on the way.
 */
export function readFlat(schema: FlatSchema, bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const identifier = new TextDecoder("latin1").decode(bytes.subarray(4, 8));
  if (identifier !== schema.identifier) throw new Error(`the buffer is ${JSON.stringify(identifier)}`);
  const follow = (at: number) => at + view.getUint32(at, true);
  const cut = (at: number, length: number) => {
    if (at + length > bytes.length) throw new Error(`a vector of ${length} bytes at ${at} ends outside the buffer`);
    return bytes.subarray(at, at + length);
  };
  const elements = <T>(at: number, read: (at: number) => T): T[] =>
    Array.from({ length: view.getUint32(at, true) }, (_, i) => read(follow(at + 4 + 4 * i)));
  const string = (at: number) => new TextDecoder().decode(cut(at + 4, view.getUint32(at, true)));

  function value(field: FlatField, at: number): FlatValue {
    if (field === "string") return string(follow(at));
    if (field === "strings") return elements(follow(at), string);
    if (field === "blob") {
      const data = cut(follow(at) + 4, view.getUint32(follow(at), true));
      return { length: data.length, read: async () => data };
    }
    if ("number" in field) return cut(at, field.number);
    if ("numbers" in field) return cut(follow(at) + 4, field.numbers * view.getUint32(follow(at), true));
    if ("table" in field) return table(field.table, follow(at));
    return elements(follow(at), (element) => table(field.tables, element));
  }

  function table(name: string, at: number): FlatTable {
    const fields = Object.entries(schema.tables[name] ?? {});
    const vtable = at - view.getInt32(at, true);
    const count = (view.getUint16(vtable, true) - 4) / 2;
    const found: Record<string, FlatValue> = {};
    for (let i = 0; i < count; i++) {
      const offset = view.getUint16(vtable + 4 + 2 * i, true);
      if (offset === 0) continue;
      const field = fields[i];
      if (field === undefined) throw new Error(`table ${name} has a field ${i}`);
      found[field[0]] = value(field[1], at + offset);
    }
    return found;
  }

  return table(schema.root, follow(0));
}
