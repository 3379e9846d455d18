import type { ChannelChoice, SampleReport, SignalMeter } from "../kernels/index.ts";
import { signalFindings } from "./signal-findings.ts";
import type { Finding } from "./types.ts";

/** What is counted of samples as they are read (PcmReader), or of all pieces of a recording. */
export interface MeasuredSamples {
  /** Bytes of an unfinished sample of all channels at the end. */
  readonly heldBytes: number;
  report(): SampleReport;
  readonly meter: SignalMeter;
  readonly channel: ChannelChoice;
}

/** What PCM samples themselves tell: an unfinished last frame, non-finite and clipped samples, and the signal as a whole. */
export function sampleFindings(reader: MeasuredSamples, rate: number, endOfData: number): Finding[] {
  const findings: Finding[] = [];
  if (reader.heldBytes > 0) {
    findings.push({
      code: "partial_frame",
      message: `The audio ended ${reader.heldBytes} byte(s) into a sample of all channels; these bytes were dropped.`,
      lost: true,
      byteOffset: endOfData - reader.heldBytes,
    });
  }
  const { nonFinite, firstNonFinite, clipped, beyond, peak } = reader.report();
  if (firstNonFinite !== undefined) {
    findings.push({
      code: "non_finite",
      message: `${nonFinite} sample(s) were NaN or infinite and were taken as 0; the first is at ${(firstNonFinite / rate).toFixed(3)} s.`,
      lost: true,
      count: nonFinite,
      seconds: firstNonFinite / rate,
    });
  }
  if (beyond > 0) {
    const message = `${beyond} sample(s) are beyond full scale; the largest is ${peak.toPrecision(4)}.`;
    findings.push({ code: "beyond_full_scale", message, lost: false, count: beyond });
  } else if (clipped > 0) {
    findings.push({ code: "clipped", message: `${clipped} sample(s) are at full scale.`, lost: false, count: clipped });
  }
  return [...findings, ...signalFindings(reader.meter, rate, reader.channel)];
}
