import * as z from "zod";
import type { FrontEndOptions } from "../kernels/index.ts";

/**
 * Front ends as a description has them. src/kernels/front-ends/ makes them, says what each number means, and checks what the
 * schema cannot say.
 */

const Length = z.int().positive();
const BandValues = z.union([z.number(), z.array(z.number())]);

const stft = {
  rate: z.number(),
  windowLength: Length,
  hop: Length,
  fftLength: Length,
  bands: Length,
  lowest: z.number(),
  highest: z.number(),
  filterRate: z.number().exactOptional(),
  scale: z.enum(["htk", "slaney"]).exactOptional(),
  slopes: z.enum(["hertz", "mel"]).exactOptional(),
  norm: z.enum(["none", "area"]).exactOptional(),
};

const Waveform = z.strictObject({ kind: z.literal("none"), rate: z.number() });

const LogMel = z.strictObject({ kind: z.literal("log-mel"), ...stft, offset: z.number() });

const Pcen = z.strictObject({
  kind: z.literal("pcen"),
  ...stft,
  smooth: z.number(),
  floor: z.number(),
  alpha: BandValues,
  delta: BandValues,
  root: BandValues,
});

const MelDb = z.strictObject({
  kind: z.literal("mel-db"),
  ...stft,
  scale: z.enum(["htk", "slaney"]),
  slopes: z.enum(["hertz", "mel"]),
  norm: z.enum(["none", "area"]),
  power: z.union([z.literal(1), z.literal(2)]),
  centred: z.enum(["no", "reflect", "zeros"]),
  amin: z.number(),
  topDb: z.number().exactOptional(),
  fixedFrames: z.strictObject({ count: Length, missing: z.number() }).exactOptional(),
});

export const FrontEnd = z.discriminatedUnion("kind", [Waveform, LogMel, Pcen, MelDb]);
export type FrontEnd = z.infer<typeof FrontEnd>;

/** That the kernels take what the schema lets through: a kind or a number that one of both does not know fails to compile. */
export type FrontEndIsTaken = FrontEnd extends FrontEndOptions ? true : never;
