import type { ChannelChoice, Level, SignalMeter } from "../kernels/index.ts";
import type { Finding } from "./types.ts";

/** Seconds of audio that say something of a signal as a whole. */
const ENOUGH = 0.1;

/** An offset that is smaller is of no consequence, whatever lies about it: -80 dB of full scale. */
const LEAST_OFFSET = 1e-4;

/** A channel so much weaker than the loudest adds nothing to their mean: 30 dB. */
const WEAK = 10 ** (-30 / 20);

/** What is weaker is no sound: one step of 16 bits. */
const DEAD = 2 ** -15;

/** Of channels that have nothing in common the mean's power is their mean power over their number; 17 dB less is no chance. */
const CANCELLED = 0.02;

/** What the signal as a whole tells: constant offsets, and channels that do not fit together. */
export function signalFindings(meter: SignalMeter, rate: number, choice: ChannelChoice): Finding[] {
  if (meter.count < ENOUGH * rate) return [];
  const channels = meter.channels();
  const signal = meter.signal();
  return [...offset(channels, signal, choice), ...(channels.length > 1 ? mixing(channels, signal, choice) : [])];
}

function offset(channels: readonly Level[], signal: Level, choice: ChannelChoice): Finding[] {
  const has = ({ mean, rms }: Level) => Math.abs(mean) >= LEAST_OFFSET && Math.abs(mean) > rms;
  if (!has(signal)) return [];
  const [without, having] = split(channels, has);
  const where = choice === "mean" && channels.length > 1 ? ` It comes from ${named(having)}.${instead(without)}` : "";
  const message =
    `The signal has a constant offset of ${signal.mean.toPrecision(3)}; the sound about it has an rms of ` +
    `${signal.rms.toPrecision(3)}.${where}`;
  return [{ code: "dc_offset", message, lost: false }];
}

function mixing(channels: readonly Level[], signal: Level, choice: ChannelChoice): Finding[] {
  const loudest = Math.max(...channels.map(({ rms }) => rms));
  if (loudest < DEAD) return [];
  const [sounding, dead] = split(channels, ({ rms }) => rms < DEAD && rms < WEAK * loudest);
  if (choice !== "mean") {
    if (!dead.includes(choice)) return [];
    const message = `Channel ${choice}, which was chosen, is dead (rms ${level(channels, choice)}).${instead(sounding)}`;
    return [{ code: "dead_channel", message, lost: false }];
  }
  const findings: Finding[] = [];
  if (dead.length > 0) {
    const message =
      `${capital(named(dead))} ${dead.length === 1 ? "is" : "are"} dead (rms ${level(channels, dead[0])}): ` +
      `the mean of all ${channels.length} is weaker than what there is.${instead(sounding)}`;
    findings.push({ code: "dead_channel", message, lost: false });
  }
  const [strong, weak] = split(channels, ({ rms }) => rms >= DEAD && rms < WEAK * loudest);
  const loud = strong.filter((channel) => !dead.includes(channel));
  if (weak.length > 0) {
    const decibels = (20 * Math.log10(loudest / Math.max(...weak.map((at) => channels[at]?.rms ?? 0)))).toFixed(0);
    const message =
      `${capital(named(loud))} ${loud.length === 1 ? "is" : "are"} ${decibels} dB louder than ${named(weak)}, ` +
      `of which the mean lets nothing through.${instead(weak)}`;
    findings.push({ code: "swamping_channel", message, lost: false });
  }
  const power = loud.reduce((sum, at) => sum + (channels[at]?.rms ?? 0) ** 2, 0);
  // The mean of all, as power of the sum of those that sound, against what independent ones would give.
  const mixed = (signal.rms * channels.length) ** 2;
  if (loud.length > 1 && mixed < CANCELLED * power) {
    const decibels = mixed === 0 ? "altogether" : `by ${(-10 * Math.log10(mixed / power)).toFixed(0)} dB`;
    const message = `${capital(named(loud))} cancel one another ${decibels}: their mean is not what was heard.${instead(loud)}`;
    findings.push({ code: "cancelling_channels", message, lost: false });
  }
  return findings;
}

/** Channels' numbers: of those that are not so, and of those that are. */
function split(channels: readonly Level[], is: (level: Level) => boolean): [number[], number[]] {
  const numbers = channels.map((_, at) => at);
  return [numbers.filter((at) => !is(channels[at] as Level)), numbers.filter((at) => is(channels[at] as Level))];
}

/** Numbers that are named; of hundreds of channels the first. */
const MOST_NAMED = 8;

function named(numbers: readonly number[]): string {
  const first = numbers.slice(0, MOST_NAMED);
  const more = numbers.length - first.length;
  const list = more > 0 ? `${first.join(", ")} and ${more} more` : first.join(", ").replace(/, (\d+)$/, " and $1");
  return `${numbers.length === 1 ? "channel" : "channels"} ${list}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const level = (channels: readonly Level[], at = 0) => (channels[at]?.rms ?? 0).toPrecision(2);

function instead(numbers: readonly number[]): string {
  if (numbers.length === 0) return "";
  const options = numbers.slice(0, MOST_NAMED).map((at) => `channel=${at}`);
  return ` Use ${options.join(" or ")}.`;
}
