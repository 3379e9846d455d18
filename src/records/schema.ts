import * as z from "zod";
import { POSTPROCESSES } from "../models/index.ts";
import {
  type ErrorRecord as ErrorType,
  type EventRecord as EventType,
  GAP_REASONS,
  type GapRecord as GapType,
  type HeaderRecord as HeaderType,
  type SummaryRecord as SummaryType,
  type WaitingRecord as WaitingType,
  type WindowRecord as WindowType,
} from "./types.ts";

/**
 * Records as they stand on the wire: OpenAPI is made from this. The compiler holds it against the types of records, at the
 * end. Reading checks what it needs without it (kinds.ts).
 */

const about = (description: string) => ({ description });

const base64 = "Base64, row-major, with encoding=base64.";
const numbers = (description: string) => z.union([z.array(z.number()), z.string()]).meta(about(description));

const Start = z.object({
  utc: z.string(),
  source: z.string(),
  uncertainty: z.number().meta(about("Seconds.")),
  assumed: z.string().optional().meta(about("What the source does not say.")),
});

const Recorder = z.object({
  make: z.string().optional(),
  model: z.string().optional(),
  serial: z.string().optional(),
  firmware: z.string().optional(),
  deployment: z.string().optional(),
  latitude: z.number().optional().meta(about("Degrees, WGS 84.")),
  longitude: z.number().optional(),
  elevation: z.number().optional().meta(about("Metres above the sea's mean level.")),
  depth: z.number().optional().meta(about("Metres below the surface.")),
  temperature: z.number().optional().meta(about("Degrees Celsius.")),
  battery: z.string().optional(),
  gain: z.string().optional(),
  filter: z.string().optional(),
  note: z.string().optional(),
});

const HeaderRecord = z
  .object({
    type: z.literal("header"),
    model: z.string(),
    variant: z.string(),
    weights: z.enum(["trained", "seeded"]),
    warning: z.string().optional(),
    sha256: z.string().meta(about("Of the weights' file.")),
    provenance: z
      .object({
        address: z.string(),
        sha256: z.string().nullable(),
        licence: z.string(),
        parameters: z.int(),
        converter: z.string(),
      })
      .meta(about("Where the weights came from; sha256 is of the published file or files.")),
    engine: z.string().meta(about("Name and version of what ran the net.")),
    version: z.string(),
    source: z.object({
      container: z.string(),
      encoding: z.string(),
      rate: z.number().meta(about("Hz.")),
      channels: z.int(),
      bits: z.int().optional(),
      seconds: z.number().optional().meta(about("That the recording announces.")),
      priming: z.int().optional().meta(about("Samples of the codec's delay that were cut off.")),
    }),
    start: Start.optional().meta(about("When the first sample was taken, where that is known.")),
    recorder: Recorder.optional().meta(about("What made the recording, and where: only what the file says.")),
    channel: z.union([z.literal("mean"), z.int()]),
    highpass: z
      .object({ hertz: z.number(), order: z.literal(4), phase: z.literal("causal") })
      .optional()
      .meta(about("What was taken out below, by a Butterworth filter, before the resampler.")),
    resampler: z.object({
      name: z.string(),
      from: z.number(),
      to: z.int(),
      passBand: z.number().meta(about("Hz up to which the signal is kept.")),
      delay: z.number().meta(about("Seconds.")),
    }),
    rate: z.int().meta(about("Of the model, Hz.")),
    window: z.object({ seconds: z.number(), hop: z.number() }),
    spectrogram: z
      .object({
        frames: z.int(),
        bands: z.int(),
        hop: z.number().meta(about("Seconds.")),
        unit: z.string(),
        shown: z
          .object({ from: z.number(), to: z.number(), steps: z.string() })
          .meta(about("From what is dark to what is bright in a picture, in even steps or by ln(1 + x).")),
      })
      .optional()
      .meta(about("Rows and columns of a window's spectrogram; a model that takes the waveform has none.")),
    embedding: z.int().meta(about("How many numbers an embedding has.")),
    scores: z.int().optional().meta(about("How many classes are scored.")),
    outputs: z
      .array(z.object({ name: z.string(), role: z.string(), shape: z.array(z.int()) }))
      .optional()
      .meta(about("Further outputs that were asked for, with their dimensions for one window.")),
    pcen: z.enum(["clip", "window"]).optional(),
    postprocess: z.enum(POSTPROCESSES).optional(),
    pca: z.string().optional().meta(about("sha256 of the parameters of postprocess=pca.")),
    heads: z
      .array(
        z.object({
          id: z.string(),
          sha256: z.string().optional(),
          classes: z.array(z.object({ name: z.string(), threshold: z.number() })),
          site: z.string().optional(),
          events: z.object({
            on: z.number().optional(),
            off: z.number().optional(),
            shortest: z.number(),
            gap: z.number(),
            windows: z.int(),
            of: z.int().optional(),
          }),
        }),
      )
      .optional()
      .meta(about("The heads that run, with their classes and thresholds.")),
  })
  .meta({
    id: "HeaderRecord",
    ...about(
      "How the embeddings were made: model, weights, rates, resampler, channel, window, and the arrays' shapes.",
    ),
  });

const WindowRecord = z
  .object({
    type: z.literal("window"),
    index: z.int(),
    start: z.number().meta(about("Seconds from the start of the audio.")),
    end: z.number(),
    utc: z.string().optional().meta(about("When its first sample was taken, where that is known.")),
    padded: z.number().optional().meta(about("Seconds of the window beyond the end of the audio.")),
    rms: z.number().meta(about("Root mean square, about the mean, of the window's audio; full scale is 1.")),
    embedding: numbers(`The embedding. ${base64}`),
    scores: numbers(`Class scores, 0 to 1. ${base64}`).optional(),
    spectrogram: z
      .union([z.array(z.array(z.number())), z.string()])
      .optional()
      .meta(about(`What the net saw: a row a frame. ${base64}`)),
    outputs: z
      .record(z.string(), z.union([z.array(z.unknown()), z.string()]))
      .optional()
      .meta(about(`Further outputs by name: numbers, from two dimensions on in lists of lists. ${base64}`)),
    heads: z
      .record(z.string(), z.record(z.string(), z.number()))
      .optional()
      .meta(about("Probabilities by head and class.")),
    noise: z.record(z.string(), z.string()).optional().meta(about("By head, the noise that the window is taken for.")),
  })
  .meta({ id: "WindowRecord" });

const EventRecord = z
  .object({
    type: z.literal("event"),
    phase: z.enum(["begin", "end"]),
    head: z.string(),
    class: z.string(),
    number: z.int().meta(about("From 0, of this class; both records of an event have the same.")),
    start: z.number().meta(about("Seconds from the start of the audio.")),
    end: z.number(),
    utc: z.string().optional().meta(about("When it began, where that is known.")),
    peak: z.number().meta(about("Largest probability of its windows.")),
    peakStart: z.number().meta(about("Where that window starts, seconds.")),
    mean: z.number(),
    windows: z.int().meta(about("That carry it.")),
  })
  .meta({ id: "EventRecord", ...about("An event of a class of a head: once when it begins, once when it has ended.") });

const Finding = z
  .object({
    code: z.string(),
    message: z.string(),
    lost: z.boolean().meta(about("Whether audio is missing or was replaced.")),
    byteOffset: z.int().optional(),
    count: z.int().optional(),
    seconds: z.number().optional(),
  })
  .meta({ id: "Finding" });

const SummaryRecord = z
  .object({
    type: z.literal("summary"),
    windows: z.int(),
    seconds: z.number(),
    bytes: z.int(),
    start: Start.optional().meta(about("By metadata behind the audio, where it says another than the header.")),
    complete: z.boolean(),
    findings: z.array(Finding),
  })
  .meta({ id: "SummaryRecord" });

const ErrorRecord = z
  .object({
    type: z.literal("error"),
    code: z.string(),
    message: z.string(),
    byteOffset: z.int().optional(),
    hint: z.string().optional(),
    requestId: z.string().optional(),
  })
  .meta({
    id: "ErrorRecord",
    ...about("The last record of a result that failed on the way; the windows before it are valid."),
  });

const GapRecord = z
  .object({
    type: z.literal("gap"),
    reason: z.enum(GAP_REASONS),
    utc: z.string().optional().meta(about("When what is missing began, ISO 8601.")),
    seconds: z.number().optional().meta(about("Its length, where that is known.")),
    segment: z.string().optional(),
    message: z.string(),
  })
  .meta({ id: "GapRecord", ...about("Audio that is missing between two stretches.") });

const WaitingRecord = z
  .object({ type: z.literal("waiting"), utc: z.string(), message: z.string() })
  .meta({ id: "WaitingRecord", ...about("Nothing comes for the time being; said once.") });

/** The records of a recording. */
export const EmbedRecordSchema = z
  .union([HeaderRecord, WindowRecord, EventRecord, SummaryRecord, ErrorRecord])
  .meta({ id: "Record" });

/** The records of a live hydrophone. */
export const LiveRecordSchema = z.union([EmbedRecordSchema, GapRecord, WaitingRecord]).meta({ id: "LiveRecord" });

/** Of a type its fields, down to the last: which there are, which may be left out, and of what kind they are. */
type Form<T> = unknown extends T
  ? "any"
  : [T] extends [Float32Array]
    ? "array"
    : number[] extends T
      ? "array"
      : number[][] extends T
        ? "array"
        : [T] extends [string]
          ? "text"
          : [T] extends [number | boolean | null | string]
            ? T
            : [T] extends [readonly (infer Item)[]]
              ? readonly Form<Item>[]
              : {
                  -readonly [Key in keyof T]-?: readonly [
                    Record<never, never> extends Pick<T, Key> ? "optional" : "required",
                    Form<Exclude<T[Key], undefined>>,
                  ];
                };

/** Only `true` where both are one type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type OfWire<Schema extends z.ZodType, Type> = Same<Form<z.infer<Schema>>, Form<Type>>;

/** Fails to compile where the schema and the types differ in a field. */
true satisfies OfWire<typeof HeaderRecord, HeaderType>;
true satisfies OfWire<typeof WindowRecord, WindowType>;
true satisfies OfWire<typeof EventRecord, EventType>;
true satisfies OfWire<typeof SummaryRecord, SummaryType>;
true satisfies OfWire<typeof ErrorRecord, ErrorType>;
true satisfies OfWire<typeof GapRecord, GapType>;
true satisfies OfWire<typeof WaitingRecord, WaitingType>;
