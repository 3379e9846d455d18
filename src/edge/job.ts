import * as z from "zod";
import { checked, faultText } from "../checked.ts";
import { OrcaError } from "../errors.ts";

const prefix = z
  .string()
  .max(900)
  .regex(/^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$)).*$/s, "begins with no slash, and has no . or .. between slashes");

/** What is asked for: POST /v1/jobs. */
export const JobRequest = z.strictObject({
  /** Beginning of the recordings' keys. */
  prefix,
  model: z.string().min(1).max(100),
  variant: z.string().max(20).optional(),
  /** Beginning of the results' keys. */
  out: prefix.default("embeddings/"),
  scores: z.boolean().default(false),
  /** Of models with PCEN: its smoother goes on through a recording, or begins anew with each window. */
  pcen: z.enum(["clip", "window"]).default("clip"),
});
export type JobRequest = z.infer<typeof JobRequest>;

/** Throws `bad_option` with the field that is wrong. */
export function jobRequest(value: unknown): JobRequest {
  const { data, fault } = checked(JobRequest, value);
  if (fault !== undefined) {
    throw new OrcaError("bad_option", `The job cannot be read: ${faultText(fault)}.`, {
      field: fault.field,
      hint: 'Send JSON like {"prefix": "site-1/2024/", "model": "yamnet"}.',
    });
  }
  // Results would be listed as recordings of the next run, were they any.
  if (data.out === "" || data.prefix.startsWith(data.out)) {
    throw new OrcaError("bad_option", `out ${JSON.stringify(data.out)} would lie around the recordings.`, {
      field: "out",
      hint: "Give a prefix of its own, like embeddings/.",
    });
  }
  return data;
}

export type JobState = "listing" | "running" | "done" | "cancelled" | "failed";

/** How a recording of a job ended. */
export const RecordingOutcome = z.object({
  key: z.string(),
  etag: z.string(),
  result: z.enum(["done", "failed"]),
  windows: z.number().default(0),
  seconds: z.number().default(0),
  code: z.string().default(""),
  message: z.string().default(""),
});
export type RecordingOutcome = z.infer<typeof RecordingOutcome>;

/** What a job has come to: GET /v1/jobs/{id}. */
export interface JobReport {
  readonly id: string;
  readonly state: JobState;
  readonly request: JobRequest;
  /** Why it failed as a whole. */
  readonly message?: string;
  readonly recordings: number;
  readonly done: number;
  readonly failed: number;
  readonly waiting: number;
  readonly bytes: number;
  readonly bytesDone: number;
  readonly windows: number;
  readonly seconds: number;
  /** Messages that came to nothing several times over and were given up. */
  readonly givenUp: number;
  /** Of the recordings that wait, pieces that are done and that there are, where long ones are done in pieces. */
  readonly pieces?: { readonly done: number; readonly all: number };
  /** Seconds of sound a second since it began or went on, and seconds that are left at that rate. */
  readonly speed: number;
  readonly left?: number;
  readonly began: string;
  /** Some of the recordings that failed, with why. */
  readonly failures: readonly Failure[];
}

/** A recording that has no result, and why. */
export interface Failure {
  readonly key: string;
  readonly code: string;
  readonly message: string;
}
