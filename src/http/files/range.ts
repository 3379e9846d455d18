/** Bytes `from` to `to` - 1. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The one range that a Range header asks for (RFC 9110, 14.1.2): undefined where it is to be ignored (another unit, not
 * readable, several ranges), `unsatisfiable` where it lies beyond the end.
 */
export function parseRange(header: string | null, size: number): ByteRange | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    // The last so many bytes.
    const length = Math.min(size, Number(last));
    return length === 0 ? "unsatisfiable" : { from: size - length, to: size };
  }
  const from = Number(first);
  const to = last === "" ? size : Math.min(size, Number(last) + 1);
  if (last !== "" && Number(last) < from) return undefined;
  return from >= size ? "unsatisfiable" : { from, to };
}
