/**
 * Rows of a table with commas or tabs: tabs where its first line has one. Fields may stand in double quotes, with "" for a
 * quote (RFC 4180), in either; lines end with LF or CR LF; a byte order mark and blank lines are skipped.
 */
export function delimitedRows(text: string): { readonly line: number; readonly fields: readonly string[] }[] {
  const body = text.replace(/^\uFEFF/, "");
  const delimiter = body.slice(0, (body.indexOf("\n") + 1 || body.length + 1) - 1).includes("\t") ? "\t" : ",";
  const rows: { line: number; fields: string[] }[] = [];
  let line = 1;
  let started = 1;
  let fields: string[] = [];
  let field = "";
  let quoted = false;
  const endField = () => {
    fields.push(field.trim());
    field = "";
  };
  const endRow = () => {
    endField();
    if (fields.some((value) => value !== "")) rows.push({ line: started, fields });
    fields = [];
    started = line;
  };
  for (let at = 0; at < body.length; at++) {
    const character = body[at] as string;
    if (character === "\n") line++;
    if (quoted) {
      if (character !== '"') field += character;
      else if (body[at + 1] === '"') field += body[++at];
      else quoted = false;
    } else if (character === '"' && field.trim() === "") {
      field = "";
      quoted = true;
    } else if (character === delimiter) endField();
    else if (character === "\n") endRow();
    else field += character;
  }
  endRow();
  return rows;
}
