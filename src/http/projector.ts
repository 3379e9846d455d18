import { embedBatches } from "../embed/index.ts";
import type { Texts } from "../options/index.ts";
import { bundleFiles, MemoryRows, ModelBundle, zipFiles } from "../output/index.ts";
import { admit, begin } from "./admission.ts";
import { bodyBytes, sentSize } from "./body.ts";
import { byteStream } from "./byte-stream.ts";
import { countedFor, countWindows } from "./embeddings.ts";
import { bundleRequest } from "./options.ts";
import { withSentName } from "./sent-name.ts";
import { sentRecording } from "./sent-recording.ts";
import type { Services } from "./services.ts";
import { usageOf } from "./usage.ts";

/** Bundles that are made at once in one isolate; each holds its windows in memory. */
const BUNDLES_AT_ONCE = 2;
let making = 0;

/**
 * The projector's bundle of one recording as a zip. It begins when the recording has ended, because the sprite's size
 * depends on how many windows there are; of more than `limits.bundleWindows` windows an even share is kept, at least half
 * as many.
 */
export async function projectorBundle(request: Request, query: Texts, services: Services): Promise<Response> {
  const { store, limits, streams } = services;
  admit(streams.active, limits.streams, "streams", "ask the operator to raise MAX_STREAMS");
  admit(making, BUNDLES_AT_ONCE, "bundles", "use orca-embed project");
  const contentType = request.headers.get("content-type") ?? "";
  const asked = (inForm?: string) =>
    bundleRequest(withSentName(query, request.headers, inForm), contentType, services.choices);
  // What is wrong with it is said before a byte is taken; a form's name comes with the bytes.
  asked();
  const bytes = bodyBytes(request, limits);
  let over = false;
  const counted = begin(services, request, request.signal, () => void bytes.return?.());
  const finish = () => {
    if (!over) making--;
    over = true;
    counted();
  };
  request.signal.addEventListener("abort", finish);
  making++;
  try {
    const sent = await sentRecording(usageOf(request).received(bytes), contentType);
    const { model, variant, engine, options, thumbnail } = asked(sent.name);
    const file = options.file ?? "recording";
    const named = await store.classes(model);
    const bundle = new ModelBundle(() => new MemoryRows(), {
      ...(named === undefined ? {} : { classes: named.map((one) => one.name) }),
      thumbnail,
      maxPoints: limits.bundleWindows,
      split: false,
    });
    const told = { ...options, ...sentSize(request), longest: limits.audio, signal: request.signal };
    const load = () => store.load(model, variant, engine);
    const batches = embedBatches(sent.bytes, load, services, told);
    for await (const records of countedFor(request, services, batches)) {
      for (const record of records) await bundle.push(file, record);
      countWindows(streams, records);
    }
    const body = await byteStream(zipFiles(bundleFiles([bundle])), limits.idle, finish);
    const name = `${file.replaceAll(/[^\w.-]+/g, "_")}.${model}.projector.zip`;
    const headers = {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "no-store",
    };
    return new Response(body, { headers });
  } catch (thrown) {
    finish();
    throw thrown;
  }
}
