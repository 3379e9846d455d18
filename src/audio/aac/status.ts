/**
 * What the decoder's statuses mean, in the middle of a sentence. The numbers are those of assembly/aac/status.ts.
 */
const REASONS = new Map<number, string>([
  [1, "its bits end early"],
  [2, "its M/S mask is of a reserved kind"],
  [3, "its sections do not fit its bands"],
  [4, "it has more bands than there are at this rate"],
  [5, "a scale factor is out of range"],
  [6, "its pulses are beyond the spectrum"],
  [7, "a TNS filter is longer than LC allows"],
  [8, "a value is larger than any encoder may send"],
  [9, "it does not have the channels that its header says"],
  [10, "its samples would be 36 dB beyond full scale"],
  [64, "it uses prediction (AAC Main or LTP)"],
  [65, "it uses gain control (AAC SSR)"],
  [66, "it uses coupling channels"],
  [67, "it has more than two channels"],
  [68, "its programme is not of the LC profile"],
]);

export const OK = 0;

/** Statuses from here on are of correct AAC that is not LC with one or two channels. */
const UNSUPPORTED = 64;

export function reasonOf(status: number): string {
  return REASONS.get(status) ?? `status ${status}`;
}

export function isUnsupported(status: number): boolean {
  return status >= UNSUPPORTED;
}
