import type { Stamp } from "./iso-time.ts";
import { isoTime } from "./iso-time.ts";

const DAY = 86_400;

/** Seconds that a writer's two times of day may differ by and still be the same: OriginationTime is in whole seconds. */
const SAME = 2;

/** What broadcast WAVE says of its start, in a bext chunk or in iXML. */
export interface BroadcastTime {
  /** yyyy-mm-dd, with any separator. */
  readonly date: string;
  /** hh-mm-ss, with any separator. */
  readonly time: string;
  /** Samples since midnight. */
  readonly samples: number;
  /** Hz. */
  readonly rate: number;
}

/**
 * EBU Tech 3285: OriginationDate and OriginationTime in whole seconds, and TimeReference, the first sample counted from
 * midnight. Where both times of day are the same, the samples give it exactly. Where they are not, TimeReference counts on
 * another clock (a project's timeline), and OriginationTime is taken.
 */
export function broadcastStamp({ date, time, samples, rate }: BroadcastTime): Stamp | undefined {
  const day = dashed(date);
  const counted = rate > 0 && samples > 0 ? samples / rate : undefined;
  const stamp = isoTime(`${day}T${dashed(time).replaceAll("-", ":")}`);
  if (stamp === undefined || counted === undefined || counted >= DAY) return stamp;
  const midnight = stamp.wall - (stamp.wall % 86_400_000);
  const difference = counted - (stamp.wall - midnight) / 1000;
  // A recording that began at midnight may have its date from either side.
  const near = [difference, difference - DAY, difference + DAY].find((apart) => Math.abs(apart) <= SAME);
  if (near === undefined) return stamp;
  return { wall: stamp.wall + near * 1000, resolution: 1 / rate, offset: undefined };
}

function dashed(text: string): string {
  return text.trim().replaceAll(/[-_:. /]/g, "-");
}
