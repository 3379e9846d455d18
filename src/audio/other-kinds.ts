import { OrcaError } from "../errors.ts";
import { endingOf } from "./formats.ts";

/** What is read, for hints. */
export const READ_ARE =
  "Read are WAV, AIFF, FLAC, MP3, Ogg (Vorbis, Opus, FLAC), AAC-LC (ADTS, MPEG-TS, M4A, CAF), ALAC (M4A, CAF), PCM in CAF, and raw PCM where pcm, rate and channels are given.";

const CONVERT = "Convert it with: ffmpeg -i INPUT -vn -c:a flac OUTPUT.flac";

/** A kind of recording or film that is known and not read. */
export interface UnreadKind {
  readonly article: "a" | "an";
  readonly name: string;
}

/** First characters of recordings and films of kinds that are not read. */
const UNREAD: readonly (readonly [magic: string, article: UnreadKind["article"], name: string])[] = [
  [".snd", "an", "AU file"],
  ["riff.\x91\xcf\x11", "a", "Sony Wave64 file"],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", "an", "ASF file (WMA or WMV)"],
  ["wvpk", "a", "WavPack file"],
  ["MAC ", "a", "Monkey's Audio file"],
  ["TTA1", "a", "True Audio file"],
  ["#!AMR", "an", "AMR file"],
  ["MThd", "a", "MIDI file"],
  ["FLV\x01", "a", "Flash video"],
  ["\x00\x00\x01\xba", "an", "MPEG programme stream (a video)"],
  ["\x00\x00\x01\xb3", "an", "MPEG video"],
  ["MS\x03", "a", "miniSEED 3 file"],
  ["FORM", "an", "IFF file other than AIFF"],
];

/** A format of one maker's recorders, which is told by its ending. */
export interface MakersKind extends UnreadKind {
  /** What makes a WAV file of it, as a sentence. */
  readonly convert: string;
}

const MAKERS_KINDS: ReadonlyMap<string, MakersKind> = new Map([
  [
    "sud",
    {
      article: "a",
      name: "SoundTrap's compressed recording (.sud, Ocean Instruments)",
      convert: "SoundTrap Host makes WAV files of it, and PAMGuard reads it; ffmpeg does not.",
    },
  ],
  [
    "wac",
    {
      article: "a",
      name: "Song Meter's compressed recording (.wac, Wildlife Acoustics)",
      convert:
        "Kaleidoscope or wac2wavcmd, both by Wildlife Acoustics, make WAV files of it; ffmpeg reads few of them.",
    },
  ],
  [
    "w4v",
    {
      article: "a",
      name: "Song Meter's compressed recording (.w4v, Wildlife Acoustics)",
      convert: "Kaleidoscope, by Wildlife Acoustics, makes WAV files of it; ffmpeg cannot, though it looks like WAV.",
    },
  ],
  [
    "x3a",
    {
      article: "an",
      name: "X3 archive (.x3a, the University of St Andrews' DTAG and PAMBuoy)",
      convert: "The X3 tools of its makers or PAMGuard make WAV files of it; ffmpeg does not.",
    },
  ],
  [
    "dsg",
    {
      article: "a",
      name: "DSG's recording (.dsg, Loggerhead Instruments)",
      convert: "DSG2wav, by Loggerhead Instruments, makes WAV files of it; ffmpeg does not.",
    },
  ],
]);

/** First characters of those of them that have any. */
const MAKERS_MAGICS: readonly (readonly [magic: string, ending: string])[] = [
  ["WAac", "wac"],
  ["X3ARCHIV", "x3a"],
];

/** What a file is that no decoder reads and its name tells, or undefined. @param file  a name, with or without folders */
export function makersKind(file: string): MakersKind | undefined {
  return MAKERS_KINDS.get(endingOf(file));
}

/** Why a file of such a kind cannot be read, and what to do. */
export function unreadError(kind: UnreadKind | MakersKind): OrcaError {
  return new OrcaError("unsupported_encoding", `This is ${kind.article} ${kind.name}, which is not read (byte 0).`, {
    byteOffset: 0,
    hint: "convert" in kind ? kind.convert : `${READ_ARE} ${CONVERT}`,
  });
}

/**
 * Whether a WAV file of this name is a SoundTrap detector's (.dwv): short pieces of sound end to end, whose times stand in
 * the .bcl file beside it. A place in it says nothing about when it was.
 */
export function isDetections(file: string): boolean {
  return endingOf(file) === "dwv";
}

/** First characters of what is no recording. */
const NOT_AUDIO: readonly (readonly [magic: string, name: string])[] = [
  ["#EXTM3U", "an HLS playlist; the segments it names are the audio"],
  ["\x1f\x8b\x08", "gzip"],
  ["PK\x03\x04", "a zip archive"],
  ["\x89PNG", "a PNG picture"],
  ["\x89HDF", "an HDF5 file"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["GIF8", "a GIF picture"],
  ["%PDF", "a PDF document"],
  ["SQLite format", "an SQLite database"],
  ["version https://git-lfs", "a Git LFS pointer, a text that stands for the recording"],
  ["<", "HTML or XML"],
  ["{", "JSON"],
  ["\xef\xbb\xbf", "text"],
];

/** What a file is, by its first bytes, where that is a kind of recording or film that is not read. */
export function unreadKind(bytes: Uint8Array): UnreadKind | undefined {
  const start = startOf(bytes);
  const maker = MAKERS_MAGICS.find(([magic]) => start.startsWith(magic))?.[1];
  if (maker !== undefined) return MAKERS_KINDS.get(maker);
  const video = videoKind(start);
  if (video !== undefined) return video;
  const [, article, name] = UNREAD.find(([magic]) => start.startsWith(magic)) ?? [];
  return article === undefined || name === undefined ? undefined : { article, name };
}

const startOf = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 64));

/** Characters that sound which begins in the middle of a frame does not have by chance. */
const SURE_CHARACTERS = 3;

/** What a file is that is known and not read. */
export interface OtherKind {
  readonly error: OrcaError;
  /** Whether it is nothing else; what a character or mere text tells may be sound of which the beginning is missing. */
  readonly sure: boolean;
}

/** What a file is, by its first bytes, where it is known and not read. */
export function otherKind(bytes: Uint8Array): OtherKind | undefined {
  const unread = unreadKind(bytes);
  if (unread !== undefined) return { error: unreadError(unread), sure: true };
  const start = startOf(bytes);
  const trimmed = start.trimStart();
  const [magic = "", other] = NOT_AUDIO.find(([known]) => start.startsWith(known) || trimmed.startsWith(known)) ?? [];
  // Text is told by its first line's worth: what follows may be in any alphabet.
  const what = other ?? (/^[\t\n\r -~]+$/.test(start.slice(0, 12)) ? "text" : undefined);
  if (what === undefined) return undefined;
  const subject = bytes.length < 12 ? `${bytes.length} byte(s) are` : "input is";
  const message = `The ${subject} ${what} (byte 0), not audio.`;
  const error = new OrcaError("not_audio", message, { byteOffset: 0, hint: READ_ARE });
  return { error, sure: magic.length >= SURE_CHARACTERS };
}

/** Containers of film and sound, by more than their first characters. */
function videoKind(start: string): UnreadKind | undefined {
  if (start.startsWith("RIFF") && start.slice(8, 12) === "AVI ") return { article: "an", name: "AVI video" };
  if (start.startsWith("\x1a\x45\xdf\xa3"))
    return { article: "a", name: start.includes("webm") ? "WebM file" : "Matroska file" };
  // SEED, version 2: a sequence number, a quality letter and a blank.
  if (/^\d{6}[DRQM][ 0]/.test(start)) return { article: "a", name: "miniSEED file" };
  return undefined;
}
