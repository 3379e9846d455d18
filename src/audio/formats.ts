/**
 * What is read: a decoder each, and the endings of names that only its recordings have. A file of such a name is a
 * recording; of any other name the first bytes tell (sniff.ts), as for .ts and .mp4, which are of many kinds.
 */
export const FORMATS = {
  wav: ["wav", "wave", "rf64", "bwf"],
  aiff: ["aif", "aiff", "aifc"],
  flac: ["flac"],
  ogg: ["ogg", "oga", "opus"],
  mp3: ["mp3"],
  adts: ["aac", "adts"],
  "mpeg-ts": [],
  mp4: ["m4a"],
  caf: ["caf"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Format = keyof typeof FORMATS;

/** Endings of recordings' names, in lower case, without the point. */
export const RECORDING_ENDINGS: ReadonlySet<string> = new Set(Object.values(FORMATS).flat());

/** The ending of a name, in lower case, without the point. */
export function endingOf(name: string): string {
  return /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
