import {
  type Finding,
  joinFindings,
  type PieceFindings,
  type RandomAccess,
  type SampleRange,
  type SoundLayout,
} from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import { type ModelDescription, pictureOf } from "../models/index.ts";
import type { EmbedRecord, HeaderRecord, PcenMode, SummaryRecord } from "../records/index.ts";
import { tooShort } from "./windows.ts";

/** Windows of a recording, from one up to another; to the end where `to` is left out. */
export interface PieceWindows {
  readonly from: number;
  readonly to?: number;
}

/** Bytes that can be read anywhere, and from anywhere on. */
export interface SeekableBytes extends RandomAccess {
  /** The bytes from `at` on; to be closed by `return` where it is left early. */
  stream(at: number): AsyncIterator<Uint8Array>;
}

/** A piece of a recording, and where it lies. */
export interface PieceToRead {
  readonly windows: PieceWindows;
  readonly layout: SoundLayout;
  readonly access: SeekableBytes;
  /** Is given what joins the piece with the others, when its records are done. */
  readonly done?: (facts: PieceFacts) => void;
}

/** What is known of a piece beside its windows. JSON. */
export interface PieceFacts {
  readonly from: number;
  readonly windows: number;
  /** Samples of the recording up to where it was read; of the last piece all of them. */
  readonly samples: number;
  readonly found: PieceFindings;
  /** What is odd about the recording's times; complete in the last piece. */
  readonly times: readonly Finding[];
}

/** The records of a piece: its header, windows and summary; what joins it is there when they have been taken. */
export interface DonePiece {
  readonly records: AsyncIterable<EmbedRecord>;
  facts(): PieceFacts;
}

/**
 * The source samples that are a piece's own: up to where the next piece's first window begins. They are what it tells of; around
 * them it reads what the resampler and its last window need.
 */
export function ownSamples(
  { from, to = Number.POSITIVE_INFINITY }: PieceWindows,
  { input }: ModelDescription,
  rate: number,
): SampleRange {
  const place = (window: number) => Math.floor((window * input.hop * rate) / input.rate);
  return { from: place(from), to: to === Number.POSITIVE_INFINITY ? to : place(to) };
}

/**
 * Divides a recording into pieces of the same number of windows, each of up to `seconds` of sound. The last goes to the end,
 * whatever that is; a piece that begins behind the end has no windows.
 */
export function cutPieces(
  { input }: ModelDescription,
  { samples }: SoundLayout,
  rate: number,
  seconds: number,
): PieceWindows[] {
  const hop = input.hop / input.rate;
  const windows = Math.max(1, Math.ceil(samples / rate / hop));
  const count = Math.ceil(windows / Math.max(1, Math.floor(seconds / hop)));
  const each = Math.ceil(windows / count);
  return Array.from({ length: Math.ceil(windows / each) }, (_, at) => {
    const from = at * each;
    return from + each < windows ? { from, to: from + each } : { from };
  });
}

/** Why pieces would not be what the whole is; undefined where they are, to the bit. */
export function whyNoPieces(
  model: ModelDescription,
  { pcen, highpass }: { readonly pcen: PcenMode; readonly highpass?: number },
): string | undefined {
  if (pictureOf(model).adapts && pcen !== "window") {
    return `${model.id}'s PCEN learns from all sound before a window, so no piece equals the whole; pcen=window learns anew in each`;
  }
  if (highpass !== undefined) return "a high-pass filter hears all sound before a window, so no piece equals the whole";
  return undefined;
}

/** Throws `bad_option` for choices with which pieces would not be what the whole is. */
export function checkPieces(...choices: Parameters<typeof whyNoPieces>): void {
  const why = whyNoPieces(...choices);
  if (why !== undefined) throw new OrcaError("bad_option", `The recording cannot be read in pieces: ${why}.`);
}

/**
 * The records of a recording from those of all its pieces in their order: the same as of the whole, to the bit. Sums over the
 * samples (an offset, rms) agree but for float64's rounding. Throws `record_malformed` where the pieces do not fit together.
 * @param bytes  of the recording
 */
export async function* joinPieces(
  pieces: AsyncIterable<DonePiece>,
  model: ModelDescription,
  bytes: number,
): AsyncGenerator<EmbedRecord> {
  let header: HeaderRecord | undefined;
  let summary: SummaryRecord | undefined;
  const all: PieceFacts[] = [];
  let windows = 0;
  for await (const piece of pieces) {
    for await (const record of piece.records) {
      if (record.type === "summary") summary = record;
      else if (record.type === "header") {
        if (header === undefined) yield record;
        else if (JSON.stringify(header) !== JSON.stringify(record))
          throw unlike("were made otherwise than those before");
        header = record;
      } else {
        if (record.type === "window" && record.index !== windows++) throw unlike(`lack window ${windows - 1}`);
        yield record;
      }
    }
    all.push(piece.facts());
  }
  const last = all.at(-1);
  if (header === undefined || summary === undefined || last === undefined) throw unlike("are none");
  const { rate, channels } = header.source;
  const { channel } = header;
  const sound = joinFindings(
    all.map(({ found }) => found),
    { rate, channels, channel },
  );
  const seconds = last.samples / rate;
  const short = windows === 0 ? [tooShort(model, seconds)] : [];
  const findings = [...sound.map((finding) => withAdvice(finding, undefined)), ...last.times, ...short];
  const { start } = summary;
  yield {
    type: "summary",
    windows,
    seconds,
    bytes,
    ...(start === undefined ? {} : { start }),
    complete: findings.every(({ lost }) => !lost),
    findings,
  };
}

const unlike = (how: string) =>
  new OrcaError("record_malformed", `The pieces of the recording do not fit: some ${how}.`);

/** A constant offset, with what takes it out, or has taken it out. The decoder does not know which options there are. */
export function withAdvice(finding: Finding, highpass: number | undefined): Finding {
  if (finding.code !== "dc_offset") return finding;
  const advice =
    highpass === undefined
      ? "highpass=HZ takes the offset out of what the model hears."
      : `highpass=${highpass} took the offset out of what the model heard.`;
  return { ...finding, message: `${finding.message} rms is about the mean; ${advice}` };
}
