import { OpenAPIHono } from "@hono/zod-openapi";
import { type EmbedRecord, embedBatches } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { hopSeconds, MODELS, windowSeconds } from "../models/index.ts";
import type { Fetcher, ModelStore } from "../onnx/index.ts";
import { ndjson, serverSentEvents } from "../output/index.ts";
import { VERSION } from "../version.ts";
import { bodyBytes } from "./body.ts";
import type { Limits } from "./limits.ts";
import { embeddingsRoute, type HealthDescription, healthRoute, type ModelDescription, modelsRoute } from "./openapi.ts";
import { embeddingsRequest } from "./options.ts";
import { PAGE_PATHS, pageResponse } from "./page.ts";
import { problemResponse } from "./problem.ts";
import { type ServerSocket, SocketBytes, sendRecords } from "./record-socket.ts";
import { streamRecords } from "./record-stream.ts";

/** What the routes work with; one an isolate. */
export interface Services {
  readonly store: ModelStore;
  readonly kernels: WebAssembly.Module;
  readonly limits: Limits;
  readonly streams: { active: number; served: number; windows: number };
  /** Static assets with the page; without them the HTTP interface stands alone. */
  readonly page?: Fetcher | undefined;
}

/** The HTTP interface. `services` is asked for at each request, because workerd gives its bindings only then. */
export function createApp<Env extends object>(services: (env: Env) => Services): OpenAPIHono<{ Bindings: Env }> {
  const app = new OpenAPIHono<{ Bindings: Env }>();

  // The query is read by embeddingsRequest, whose messages say what to do: the route serves as its description only.
  app.openAPIRegistry.registerPath(embeddingsRoute);
  app.post(embeddingsRoute.path, (context) => embeddings(context.req.raw, context.req.query(), services(context.env)));

  // The same over a WebSocket, for browsers: they read no answer while they send a body, and a long one would never end.
  app.get(embeddingsRoute.path, (context) => {
    if (context.req.header("upgrade")?.toLowerCase() !== "websocket") return context.notFound();
    return embeddingsSocket(context.req.raw, context.req.query(), services(context.env));
  });

  app.openapi(modelsRoute, async (context) =>
    context.json({ models: await listModels(services(context.env).store) }, 200),
  );

  app.openapi(healthRoute, (context) => {
    const { store, streams } = services(context.env);
    const health: HealthDescription = {
      status: "ok",
      version: VERSION,
      engine: store.engine.name,
      streams: { ...streams },
      models: store.loaded().map((model) => ({
        name: model.entry.name,
        variant: model.variantName,
        memory: model.session.memory,
      })),
    };
    return context.json(health, 200);
  });

  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "orca-embeddings", version: VERSION, license: { name: "Apache-2.0" } },
  });

  const methods: Readonly<Record<string, string>> = {
    "/v1/embeddings": "POST",
    "/v1/models": "GET",
    "/healthz": "GET",
    "/openapi.json": "GET",
    ...Object.fromEntries(PAGE_PATHS.map((path) => [path, "GET"])),
  };
  app.notFound(async (context) => {
    const { path, method } = context.req;
    const page =
      method === "GET" || method === "HEAD" ? await pageResponse(path, services(context.env).page) : undefined;
    if (page !== undefined) return page;
    const allowed = methods[path];
    if (allowed === undefined) {
      const hint = `There is: ${Object.keys(methods).join(", ")}.`;
      return problemResponse(new OrcaError("not_found", `There is nothing at ${path}.`, { hint }));
    }
    const hint = `Use ${allowed} ${path}.`;
    const response = problemResponse(new OrcaError("method_not_allowed", `${path} does not take ${method}.`, { hint }));
    response.headers.set("allow", allowed);
    return response;
  });
  app.onError((thrown) => problemResponse(thrown));
  return app;
}

async function embeddings(
  request: Request,
  query: Record<string, string>,
  { store, kernels, limits, streams }: Services,
): Promise<Response> {
  refuseWhenBusy(streams, limits);
  const contentType = request.headers.get("content-type") ?? "";
  const { model, variant, encoding, options } = embeddingsRequest(query, contentType);
  const bytes = bodyBytes(request, limits);
  const finish = begin(streams, request.signal, () => void bytes.return?.());
  try {
    const batches = embedBatches(bytes, () => store.load(model, variant), kernels, options);
    return await streamRecords(batches, {
      format: request.headers.get("accept")?.includes("text/event-stream") === true ? serverSentEvents : ndjson,
      encoding,
      idle: limits.idle,
      finished: finish,
      sent: (records) => countWindows(streams, records),
    });
  } catch (thrown) {
    finish();
    throw thrown;
  }
}

declare const WebSocketPair: new () => { readonly 0: object; readonly 1: ServerSocket };

function embeddingsSocket(
  request: Request,
  query: Record<string, string>,
  { store, kernels, limits, streams }: Services,
): Response {
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.binaryType = "arraybuffer";
  const bytes = new SocketBytes(socket, limits);
  socket.addEventListener("close", () => void bytes.return());
  socket.accept();
  let finish = () => {};
  const open = () => {
    refuseWhenBusy(streams, limits);
    const { model, variant, encoding, options } = embeddingsRequest(query, "");
    finish = begin(streams, request.signal, () => void bytes.return());
    return { encoding, batches: embedBatches(bytes, () => store.load(model, variant), kernels, options) };
  };
  void sendRecords(socket, open, (records) => countWindows(streams, records)).finally(() => finish());
  return new Response(null, { status: 101, webSocket: client } as ResponseInit);
}

function refuseWhenBusy(streams: Services["streams"], limits: Limits): void {
  if (streams.active < limits.streams) return;
  throw new OrcaError("busy", `${streams.active} streams are running, which is all that this isolate takes.`, {
    hint: "Try again when one has ended, or ask the operator to raise MAX_STREAMS.",
  });
}

function countWindows(streams: Services["streams"], records: readonly EmbedRecord[]): void {
  streams.windows += records.filter(({ type }) => type === "window").length;
}

/**
 * Counts a stream in; the returned function counts it out, once. A sender that leaves counts it out too and ends the
 * reading, because the runtime may stop running a request's code as soon as nobody waits for its answer.
 */
function begin(streams: Services["streams"], signal: AbortSignal, stop: () => void): () => void {
  let running = true;
  streams.active++;
  const finish = () => {
    if (!running) return;
    running = false;
    streams.active--;
    streams.served++;
  };
  signal.addEventListener("abort", () => {
    stop();
    finish();
  });
  return finish;
}

async function listModels(store: ModelStore): Promise<ModelDescription[]> {
  const { models } = await store.manifest();
  return models.map((entry) => {
    const model = MODELS[entry.name];
    return {
      name: entry.name,
      title: model.title,
      rate: model.rate,
      window: { seconds: windowSeconds(model), hop: hopSeconds(model) },
      embedding: entry.embedding,
      scores: entry.scores,
      weights: entry.weights,
      parameters: entry.parameters,
      licence: entry.licence,
      source: entry.source,
      variants: Object.entries(entry.variants).map(([name, { description, ort, onnx }]) => ({
        name,
        description,
        bytes: ort.bytes,
        sha256: onnx.sha256,
      })),
    };
  });
}
