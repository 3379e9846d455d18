import { z } from "@hono/zod-openapi";
import { OrcaError } from "../../errors.ts";
import type { Choices } from "../choices.ts";
import { EmbeddingsQuery, type EmbeddingsRequest, embeddingsRequest } from "../options.ts";

/** Options of POST /v1/embeddings that say what its body is: a hydrophone says that itself. */
const OF_A_BODY = ["pcm", "rate", "channels", "start", "file", "zone"] as const;

/** An hour of 10-second segments. */
const MOST_BACK = 360;

const OwnQuery = z.object({
  back: z.coerce.number().int().min(1).max(MOST_BACK).default(1).openapi({
    description: "Begin with this many of the newest segments; 1 is the live edge.",
  }),
  audio: z.enum(["0", "1"]).default("0").openapi({
    description: "1: the sound too, as binary messages. Over a WebSocket only.",
  }),
});

/** The query of GET /v1/hydrophones/{name}/embeddings. */
export const LiveQuery = EmbeddingsQuery.omit({
  pcm: true,
  rate: true,
  channels: true,
  start: true,
  file: true,
  zone: true,
}).extend(OwnQuery.shape);

export interface LiveRequest extends EmbeddingsRequest {
  /** Segments before the live edge to begin with. */
  readonly back: number;
  /** Whether the sound is wanted as well. */
  readonly audio: boolean;
}

/** Throws `bad_option`, `unknown_model`. */
export function liveRequest(query: Readonly<Record<string, string>>, choices: Choices): LiveRequest {
  const stray = OF_A_BODY.find((name) => query[name] !== undefined);
  if (stray !== undefined) {
    throw new OrcaError("bad_option", `${stray}= is for recordings that are sent; a hydrophone has its own.`, {
      field: stray,
      hint: `Leave ${stray}= away.`,
    });
  }
  const { back, audio, ...rest } = query;
  const own = OwnQuery.safeParse({ back, audio });
  if (!own.success) {
    const [issue] = own.error.issues;
    const field = String(issue?.path[0]);
    throw new OrcaError("bad_option", `${field}=${JSON.stringify(query[field])} cannot be used: ${issue?.message}.`, {
      field,
      hint: `back= is 1 to ${MOST_BACK} segments, audio= is 0 or 1.`,
    });
  }
  return { ...embeddingsRequest(rest, "", choices), back: own.data.back, audio: own.data.audio === "1" };
}
