import { OrcaError } from "../errors.ts";

/** What one Worker takes on; the operator sets it in wrangler.toml's vars. */
export interface Limits {
  /** Bytes of one request body. */
  readonly bodyBytes: number;
  /** Milliseconds that may pass without a byte from the sender, or without the receiver taking one. */
  readonly idle: number;
  /** Seconds of audio of one recording. */
  readonly audio: number;
  /** Streams at once in one isolate. */
  readonly streams: number;
  /** Windows of one bundle for the projector; of more, an even share is kept. */
  readonly bundleWindows: number;
  /** What one client may have, 0 where it is not limited: streams at once, requests a minute, seconds of audio an hour. */
  readonly client: { readonly streams: number; readonly requests: number; readonly audio: number };
  /** Bytes of memory that the loaded models of one isolate may take together. */
  readonly modelBytes: number;
}

/** 16 GiB: more than a day of 48 kHz stereo in 16 bits, so that a live stream is cut only once a day. */
const DEFAULT_BODY_BYTES = 16 * 1024 ** 3;
/** Seconds: longer than the gap between two 10-second segments of a live stream, shorter than a forgotten connection. */
const DEFAULT_IDLE_SECONDS = 60;
/** Seconds: more than a day, as of bytes. What compresses well (silence) is long in few bytes. */
const DEFAULT_AUDIO_SECONDS = 100_000;
const DEFAULT_STREAMS = 16;
/** Windows of 8 kB of embedding and 4 kB of thumbnail at most (Humpback): 25 MB of a Worker's 128. */
const DEFAULT_BUNDLE_WINDOWS = 2000;

/** 1 GiB: every model in one engine's fp32, or all that are small; not all of both engines' at once. */
const DEFAULT_MODEL_BYTES = 1024 ** 3;

export interface LimitSettings {
  readonly MAX_MODEL_BYTES?: string;
  readonly MAX_BODY_BYTES?: string;
  readonly MAX_AUDIO_SECONDS?: string;
  readonly IDLE_SECONDS?: string;
  readonly MAX_STREAMS?: string;
  readonly MAX_BUNDLE_WINDOWS?: string;
  readonly CLIENT_STREAMS?: string;
  readonly CLIENT_REQUESTS?: string;
  readonly CLIENT_AUDIO_SECONDS?: string;
}

/** Reads the settings; throws `bad_option` for one that is not a positive number. */
export function limitsFrom(settings: LimitSettings): Limits {
  return {
    bodyBytes: positive("MAX_BODY_BYTES", settings.MAX_BODY_BYTES, DEFAULT_BODY_BYTES),
    audio: positive("MAX_AUDIO_SECONDS", settings.MAX_AUDIO_SECONDS, DEFAULT_AUDIO_SECONDS),
    idle: 1000 * positive("IDLE_SECONDS", settings.IDLE_SECONDS, DEFAULT_IDLE_SECONDS),
    modelBytes: positive("MAX_MODEL_BYTES", settings.MAX_MODEL_BYTES, DEFAULT_MODEL_BYTES),
    streams: positive("MAX_STREAMS", settings.MAX_STREAMS, DEFAULT_STREAMS),
    client: {
      streams: positive("CLIENT_STREAMS", settings.CLIENT_STREAMS, 0),
      requests: positive("CLIENT_REQUESTS", settings.CLIENT_REQUESTS, 0),
      audio: positive("CLIENT_AUDIO_SECONDS", settings.CLIENT_AUDIO_SECONDS, 0),
    },
    // One window has no second to be compared with.
    bundleWindows: Math.max(
      2,
      Math.floor(positive("MAX_BUNDLE_WINDOWS", settings.MAX_BUNDLE_WINDOWS, DEFAULT_BUNDLE_WINDOWS)),
    ),
  };
}

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new OrcaError("bad_option", `${name}=${JSON.stringify(text)} is not a positive number.`, { field: name });
}

/** What is said of more than `limit` bytes. */
export function tooLarge(limit: number): OrcaError {
  return new OrcaError("too_large", `The recording is longer than the ${limit} bytes that this server takes.`, {
    byteOffset: limit,
    hint: "Cut the recording into parts, or ask the operator to raise MAX_BODY_BYTES.",
  });
}
