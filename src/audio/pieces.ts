import { OrcaError } from "../errors.ts";
import { type ChannelChoice, type SampleReport, SignalMeter } from "../kernels/index.ts";
import { joinLogs, type LogState } from "./finding-log.ts";
import type { StreamInfo } from "./flac/stream-info.ts";
import { type MeasuredSamples, sampleFindings } from "./sample-findings.ts";
import type { Finding } from "./types.ts";

/** Samples of a recording, from the first one on. */
export interface SampleRange {
  readonly from: number;
  /** Behind the last; infinite for all that come. */
  readonly to: number;
}

/** Where a recording's sound lies in its bytes, so that it can be entered anywhere. */
export interface SoundLayout {
  readonly container: "wav" | "flac";
  /** Byte of the first sample, or of the first frame. */
  readonly start: number;
  /** Samples of each channel, by the header or the bytes. */
  readonly samples: number;
  /** WAV: bytes of a sample of all channels. FLAC: samples of a block. */
  readonly unit: number;
  /** FLAC: the number of the first sample by the stream's own count. */
  readonly origin: number;
}

/** What a decoder knows of where its sound lies, once it has come to it. */
export type SoundPlace =
  | {
      readonly container: "wav";
      readonly start: number;
      /** Bytes of a sample of all channels. */
      readonly unit: number;
    }
  | { readonly container: "flac"; readonly start: number; readonly stream: StreamInfo };

/** A place where a recording is entered: byte `byte` begins sample `sample`, counted from its first one. */
export interface Entrance {
  readonly byte: number;
  readonly sample: number;
}

/** A decoder whose sound can be entered anywhere. */
export interface EnterableDecoder {
  /** Undefined until it is known, and where sound does not lie in one row. */
  readonly sound: SoundPlace | undefined;
  /**
   * All bytes before the sound have been pushed; those that are pushed next stand at `entrance`. Of the findings those of the
   * samples `own` are kept, and those of the end where `own` reaches to it.
   */
  enter(entrance: Entrance, own: SampleRange, layout: SoundLayout): void;
  /** What was found in a piece; complete when its last sample has been given. */
  found(): PieceFindings;
}

/** What a decoder found in one piece of a recording; of all pieces in their order comes what it would find in the whole. */
export interface PieceFindings {
  readonly log: LogState;
  readonly samples: SampleReport;
  /** See SignalMeter. */
  readonly sums: readonly number[];
  /** Bytes of an unfinished sample, and where the sound ended. */
  readonly heldBytes: number;
  readonly endOfData: number;
}

/** What has been counted of the samples that are a piece's own. */
export function countsOf(reader: MeasuredSamples): Pick<PieceFindings, "samples" | "sums" | "heldBytes"> {
  return { samples: reader.report(), sums: reader.meter.sums(), heldBytes: reader.heldBytes };
}

/** Findings of a whole recording. @param pieces  of all of it, in their order */
export function joinFindings(
  pieces: readonly PieceFindings[],
  { rate, channels, channel }: { readonly rate: number; readonly channels: number; readonly channel: ChannelChoice },
): Finding[] {
  const meter = new SignalMeter(channels);
  for (const { sums } of pieces) meter.join(sums);
  const { heldBytes = 0, endOfData = 0 } = pieces.at(-1) ?? {};
  const report = () => joinReports(pieces.map(({ samples }) => samples));
  const measured = { heldBytes, report, meter, channel };
  return [...joinLogs(pieces.map(({ log }) => log)), ...sampleFindings(measured, rate, endOfData)];
}

function joinReports(reports: readonly SampleReport[]): SampleReport {
  const sum = (of: (report: SampleReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  return {
    nonFinite: sum(({ nonFinite }) => nonFinite),
    firstNonFinite: reports.find(({ firstNonFinite }) => firstNonFinite !== undefined)?.firstNonFinite,
    clipped: sum(({ clipped }) => clipped),
    beyond: sum(({ beyond }) => beyond),
    peak: Math.max(0, ...reports.map(({ peak }) => peak)),
  };
}

/** What stands at a byte lies on no one row of samples with what is before it. @param why  what is said of it */
export function notInPieces(byteOffset: number, why: string): OrcaError {
  const message = `At byte ${byteOffset} ${why}: what follows has a time of its own, and a piece of the recording cannot tell it.`;
  return new OrcaError("too_large", message, { byteOffset, hint: "Read it as a whole: orca-embed extract." });
}
