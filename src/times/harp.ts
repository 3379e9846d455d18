import { civilUtc } from "./civil.ts";
import { claimed, NOTHING_SAID, together } from "./claims.ts";
import { inRange } from "./guano.ts";
import { latinText, recorderOf } from "./text.ts";
import type { AudioFacts, Said, Stretch } from "./types.ts";

const SOURCE = "XWAV";

/** Bytes before the table, and of an entry: MarineBioAcousticsRC/Triton, rdxwavhd.m. Version 2 has more for each channel. */
const HEAD = 56;
const ENTRY = 32;

interface RawFile {
  readonly utc: number | undefined;
  readonly text: string;
  readonly frames: number;
  readonly rate: number;
}

/**
 * The harp chunk of XWAV: a table of raw files, each with its start in UTC (milliseconds), its length in bytes and its
 * own rate; their samples follow on one another. Between two of them there may be time that nobody recorded. The layout is the reader's that its author wrote (above).
 */
export function readHarp(bytes: Uint8Array, audio: AudioFacts): Said {
  const { frameBytes, channels } = audio;
  if (bytes.length < HEAD + ENTRY || frameBytes === undefined) return NOTHING_SAID;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Some writers put the digit, some the number.
  const version = view.getUint8(0) % 48;
  const more = version === 2 ? 4 * channels : 0;
  const text = (at: number, length: number) => latinText(bytes.subarray(at, at + length)).trim();
  const count = Math.min(view.getUint16(36, true), Math.floor((bytes.length - HEAD - more) / (ENTRY + more)));
  const files: RawFile[] = [];
  for (let file = 0; file < count; file++) files.push(rawFile(view, HEAD + more + file * (ENTRY + more), frameBytes));
  const [longitude, latitude] = [view.getInt32(38, true) / 1e5, view.getInt32(42, true) / 1e5];
  const placed = inRange(latitude, 90) && inRange(longitude, 180) && (latitude !== 0 || longitude !== 0);
  return together(tableSaid(files), ratesSaid(files, audio.rate), {
    claims: [],
    refused: [],
    ...recorderOf({
      make: "HARP",
      firmware: text(1, 10),
      serial: text(11, 4),
      deployment: [text(19, 8), text(15, 4)].filter((part) => part !== "").join(" "),
      ...(placed ? { latitude, longitude, depth: view.getInt16(46, true) } : {}),
    }),
  });
}

function rawFile(view: DataView, at: number, frameBytes: number): RawFile {
  const [year, month, day, hour, minute, second] = [0, 1, 2, 3, 4, 5].map((part) => view.getUint8(at + part)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ticks = view.getUint16(at + 6, true);
  const civil = { year: 2000 + year, month, day, hour, minute, second: second + ticks / 1000 };
  const utc = ticks < 1000 ? civilUtc(civil) : undefined;
  return {
    // A table of zeros is the year 2000.
    utc: year === 0 ? undefined : utc,
    text: `${civil.year}-${month}-${day} ${hour}:${minute}:${second}.${ticks}`,
    frames: Math.floor(view.getUint32(at + 12, true) / frameBytes),
    rate: view.getUint32(at + 20, true),
  };
}

function tableSaid(files: readonly RawFile[]): Said {
  const stretches: Stretch[] = [];
  let frame = 0;
  let bad: Said | undefined;
  for (const { utc, text, frames, rate } of files) {
    if (frames === 0) continue;
    if (utc !== undefined && rate > 0) stretches.push({ frame, utc, rate });
    else bad ??= claimed(SOURCE, text, undefined);
    frame += frames;
  }
  const [first] = stretches;
  if (first === undefined) return bad ?? NOTHING_SAID;
  const start = first.utc - (first.frame / first.rate) * 1000;
  const claim = claimed(SOURCE, files[0]?.text ?? "", { wall: start, resolution: 0.001, offset: undefined }, true);
  return together({ ...claim, stretches: claim.claims.length === 0 ? [] : merged(stretches) }, bad ?? NOTHING_SAID);
}

/** Triton believes the table, whose rates are the recorder's own; the samples have been resampled by the header's. */
function ratesSaid(files: readonly RawFile[], rate: number): Said {
  const other = files.find((file) => file.frames > 0 && file.rate > 0 && file.rate !== rate);
  if (other === undefined) return NOTHING_SAID;
  const message = `XWAV's table says ${other.rate} Hz, the header ${rate} Hz: the audio was read by the header, the times by the table.`;
  return { claims: [], refused: [], findings: [{ code: "rate_differs", message, lost: false }] };
}

/** Stretches without those that only go on where the one before them ends, to the millisecond that the stamps have. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const kept: Stretch[] = [];
  for (const stretch of stretches) {
    const last = kept.at(-1);
    const expected = last === undefined ? Number.NaN : last.utc + ((stretch.frame - last.frame) / last.rate) * 1000;
    if (last?.rate === stretch.rate && Math.abs(stretch.utc - expected) < 1) continue;
    kept.push(stretch);
  }
  return kept;
}
