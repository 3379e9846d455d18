import { OrcaError } from "../../errors.ts";

/** Bytes that the projector reads at a time, each decoded by itself (vz_projector/data-provider.ts). */
const CHUNK = 1_000_000;

/**
 * Lines as the projector sees them. It waits for ever on a last chunk without a line feed: that is refused here with
 * `bundle_invalid`.
 * @param file  what the content is of, for the message
 */
export function projectorLines(content: Uint8Array, file: string): string[] {
  const lines: string[] = [];
  let rest = "";
  for (let offset = 0; ; ) {
    if (offset > content.length) {
      throw new OrcaError("bundle_invalid", `${file}: the projector never ends reading it.`, {
        field: file,
        byteOffset: content.length,
        hint: "Its last line needs a line feed at its end.",
      });
    }
    const parts = new TextDecoder().decode(content.subarray(offset, offset + CHUNK)).split("\n");
    offset += CHUNK;
    if (parts.length === 1) {
      rest += parts[0];
      continue;
    }
    lines.push(rest + parts[0]);
    for (let at = 1; at < parts.length - 1; at++) lines.push(parts[at] as string);
    rest = parts.at(-1) as string;
    if (offset >= content.length - 1) break;
  }
  if (rest !== "") lines.push(rest);
  return lines;
}
