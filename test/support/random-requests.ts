import fc from "fast-check";
import { ERROR_CODES } from "../../src/errors.ts";
import { sceneWav } from "./recordings.ts";

/** A request as anybody may send it. */
export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The longest of the recordings among the bodies has two windows of YAMNet. */
const clip = sceneWav(1);
const CLIPS = [clip, clip.slice(0, 5000), clip.slice(0, 44), new TextEncoder().encode("not a recording, but text")];

const word = fc.string({ unit: "binary", maxLength: 20 });
const PATHS = ["/v1/embeddings", "/v1/projector", "/v1/models", "/v1/models/yamnet/classes", "/v1/hydrophones"].concat(
  ["/v1/hydrophones/lab/embeddings", "/projector/x/projector_config.json", "/healthz", "/readyz", "/metrics"],
  ["/openapi.json", "/", "/docs", "/licences", "/v1", "/projector/../../etc/passwd", "//", "/v1/embeddings/"],
  [
    "/models/manifest.json",
    "/models/nothing.packed",
    "/v1/collections",
    "/v1/collections/calls/search",
    "/v1/collections/calls",
  ],
  ["/v1/collections/%", "/v1/collections/calls/%FF", "/v1/hydrophones/%/events", "/v1/collections/calls/export"],
);
const path = fc.oneof(
  { weight: 3, arbitrary: fc.constant("/v1/embeddings") },
  { weight: 6, arbitrary: fc.constantFrom(...PATHS) },
  fc.array(word.map(encodeURIComponent), { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  fc.constantFrom(...PATHS).chain((known) => word.map((more) => known + encodeURIComponent(more))),
);

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  model: ["yamnet", "yamnet", "yamnet", "blue", ""],
  variant: ["fp32", "int8", "edge"],
  engine: ["auto", "kernels", "ort"],
  include: ["scores", "spectrogram", "scores,spectrogram", "everything"],
  pcm: ["s16le", "f32le", "u8", "s99"],
  rate: ["16000", "44100", "1e3", "-1", "767999", "NaN"],
  channels: ["1", "2", "256", "0"],
  channel: ["mean", "0", "1", "left"],
  encoding: ["json", "base64", "xml"],
  start: ["2024-05-01T00:00:00Z", "yesterday", "1e99"],
  file: ["20240501T000000Z.wav", "a/b.wav", "\u0000.wav"],
  zone: ["-07:00", "America/Vancouver", "Mars/Base"],
  highpass: ["10", "0", "99999999"],
  pcen: ["clip", "window", "never"],
  back: ["1", "-1", "999999999"],
  audio: ["1", "2"],
  thumbnail: ["32", "1", "x"],
};
const option = fc
  .constantFrom(...Object.keys(OPTIONS))
  .chain((name) =>
    fc.oneof(fc.constantFrom(...(OPTIONS[name] as string[])), word).map((value) => [name, value] as const),
  );
const written = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
const query = fc.oneof(
  fc.array(option, { maxLength: 2 }).map((pairs) => `?${written([["model", "yamnet"], ...pairs])}`),
  fc
    .array(fc.oneof({ weight: 5, arbitrary: option }, fc.tuple(word, word)), { maxLength: 5 })
    .map((pairs) => (pairs.length === 0 ? "" : `?${written(pairs)}`)),
);

/** What a header may hold: no client's library lets control characters through. */
const value = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: ["*/*", "text/event-stream", "text/event-stream;q=0", "application/x-ndjson", ";;;"],
  "content-type": [
    "audio/wav",
    "audio/l16",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
  ],
  "content-disposition": ['attachment; filename="a.wav"', "attachment; filename*=utf-8''%ff", "filename"],
  "x-request-id": ["abc", "a b", "x".repeat(100)],
  origin: ["http://localhost", "http://evil.example", "null", "http://localhost:1"],
  authorization: ["Bearer x", "Basic eDp4", "Bearer"],
  range: ["bytes=0-10", "bytes=5-1", "bytes=-", "lines=1-2"],
  "if-none-match": ["*", '"x"'],
  "x-forwarded-for": ["1.2.3.4", ",,,"],
  "x-forwarded-proto": ["https", "gopher"],
  "access-control-request-method": ["POST", "WHATEVER"],
  "content-encoding": ["gzip", "identity"],
};
const header = fc
  .constantFrom(...Object.keys(HEADERS))
  .chain((name) =>
    fc.oneof(fc.constantFrom(...(HEADERS[name] as string[])), value).map((given) => [name, given.trim()] as const),
  );

export const randomRequest: fc.Arbitrary<RandomRequest> = fc
  .record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom("GET", "POST", "POST", "HEAD", "OPTIONS") },
      fc.constantFrom("PUT", "DELETE", "PATCH", "PROPFIND", "BREW"),
    ),
    path,
    query,
    headers: fc.uniqueArray(header, { maxLength: 4, selector: ([name]) => name }),
    body: fc.oneof(
      fc.constant(undefined),
      fc.constantFrom(...CLIPS),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
    ),
  })
  .map(({ path, query, body, ...rest }) => ({
    ...rest,
    path: path + query,
    body: ["GET", "HEAD"].includes(rest.method) ? undefined : body,
  }));

/** What is wrong with an answer, whatever was asked; undefined where nothing is. */
export async function wrongWith(answer: Response, method: string): Promise<string | undefined> {
  const text = await answer.text();
  const type = answer.headers.get("content-type") ?? "";
  const known = (code: unknown) => (ERROR_CODES as readonly unknown[]).includes(code) && code !== "internal";
  if (answer.status >= 400) {
    if (method === "HEAD") return text === "" ? undefined : "HEAD has a body";
    if (type !== "application/problem+json") return `${answer.status} of ${type}: ${text.slice(0, 100)}`;
    const { code, status, detail } = JSON.parse(text) as Record<string, unknown>;
    if (!known(code) || status !== answer.status || detail === "") return `the problem ${text.slice(0, 200)}`;
  } else if (type.startsWith("application/x-ndjson")) {
    const last = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "") as { type: string; code?: string };
    if (last.type !== "summary" && !(last.type === "error" && known(last.code)))
      return `the last record ${JSON.stringify(last)}`;
  }
  return undefined;
}
