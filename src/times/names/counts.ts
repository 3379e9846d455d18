/** Seconds since 1970 in names. */
export interface Count {
  /** Milliseconds since 1970. */
  readonly utc: number;
  /** Seconds. */
  readonly resolution: number;
  /** Where it ends in the name. */
  readonly to: number;
}

/** July 2010 to 2033: other numbers of ten digits are serial numbers. */
const SECONDS = /(?:^|[^\d.])(1[3-9]\d{8})(?:\.(\d{1,6}))?(?=\D|$)/;
const MILLISECONDS = /(?:^|[^\d.])(1[3-9]\d{11})(?=\D|$)/;

/** AudioMoth's early firmware names a file by its Unix time in hexadecimal: taken from 2017 on, when it came out. */
const HEXADECIMAL = /^(?:5[89A-F]|6[0-9A-F])[0-9A-F]{6}$/i;

/** A name that is nothing but AudioMoth's count. */
export function hexadecimalCount(stem: string): Count | undefined {
  return HEXADECIMAL.test(stem) ? { utc: Number.parseInt(stem, 16) * 1000, resolution: 1, to: stem.length } : undefined;
}

/** A decimal count of seconds or milliseconds anywhere in a name. */
export function decimalCount(stem: string): Count | undefined {
  const found = MILLISECONDS.exec(stem) ?? SECONDS.exec(stem);
  if (found === null) return undefined;
  const [text, whole = "", part = ""] = found;
  const to = found.index + text.length;
  // Thirteen digits are milliseconds.
  if (whole.length > 10) return { utc: Number(whole), resolution: 0.001, to };
  return { utc: Number(`${whole}.${part}`) * 1000, resolution: 10 ** -part.length, to };
}

/**
 * Every number in a name that may be a count beside a date, as it is written and in milliseconds since 1970: JASCO's
 * `1277236867.2010-06-22-20-01-07`, or an AudioMoth's file that was renamed and keeps its count.
 */
export function countsBeside(stem: string): { readonly text: string; readonly utc: number }[] {
  return stem.split(/[_ .-]+/).flatMap((text) => {
    if (/^\d{10}$/.test(text)) return [{ text, utc: Number(text) * 1000 }];
    return HEXADECIMAL.test(text) ? [{ text, utc: Number.parseInt(text, 16) * 1000 }] : [];
  });
}
