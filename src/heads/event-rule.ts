import * as z from "zod";

/** When windows make an event. */
export const EventRule = z.strictObject({
  /** Probability from which a window begins one; the class's threshold where it is left out. */
  on: z.number().min(0).max(1).exactOptional(),
  /** Probability from which a window carries one on; `on` where it is left out. */
  off: z.number().min(0).max(1).exactOptional(),
  /** Seconds: shorter ones are none. */
  shortest: z.number().nonnegative().default(0),
  /** Seconds between two parts of one event that are bridged. */
  gap: z.number().nonnegative().default(0),
  /** So many windows of `of` that follow one another must reach `on`. */
  windows: z.int().positive().max(10_000).default(1),
  of: z.int().positive().max(10_000).exactOptional(),
});
export type EventRule = z.infer<typeof EventRule>;
