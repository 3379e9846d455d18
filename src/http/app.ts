import { OpenAPIHono } from "@hono/zod-openapi";
import { asOrcaError, OrcaError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { accessGuard } from "./access/index.ts";
import { noCollections } from "./collections/index.ts";
import { collectionRoutes, collectionsRoute } from "./collections/openapi.ts";
import { embeddings, embeddingsSocket } from "./embeddings.ts";
import { type HydrophoneStatus, STATUS_PAGE, statusPage } from "./events/index.ts";
import { BUNDLE_METHODS, bundleResponse } from "./files/index.ts";
import {
  followHydrophone,
  followSocket,
  type HydrophoneDescription,
  hydrophoneEmbeddingsRoute,
  hydrophonesRoute,
  liveHydrophone,
} from "./live/index.ts";
import { methodsAt, pathsOf, routeAt } from "./methods.ts";
import { METRICS_TYPE, sumOfMetrics } from "./metrics.ts";
import { MODEL_FILES, modelFile } from "./model-files.ts";
import { classesOf, listModels } from "./models.ts";
import {
  bundleRoute,
  classesRoute,
  embeddingsRoute,
  type HealthDescription,
  healthRoute,
  metricsRoute,
  modelsRoute,
  projectorRoute,
  readyRoute,
} from "./openapi.ts";
import { originGuard } from "./origins.ts";
import { PAGE_PATHS, pageResponse } from "./page.ts";
import { pathParts } from "./path-parts.ts";
import { problemResponse } from "./problem.ts";
import { projectorBundle } from "./projector.ts";
import type { Services } from "./services.ts";
import { asksForSocket } from "./sockets/index.ts";
import { usageOf } from "./usage.ts";
import { noWatches } from "./watches/index.ts";
import { sentSoundRoute, watchRoutes, watchStatusRoute } from "./watches/openapi.ts";

/** The folder of bundles. */
const BUNDLES = "/projector/";

/** The HTTP interface. `services` is asked for at each request, because workerd gives its bindings only then. */
export function createApp<Env extends object>(services: (env: Env) => Services): OpenAPIHono<{ Bindings: Env }> {
  const app = new OpenAPIHono<{ Bindings: Env }>();

  app.use("*", async (context, next) => {
    const { raw, path } = context.req;
    const usage = usageOf(raw);
    usage.route = routeAt(app, path);
    await next();
    const { metrics, clients, log } = services(context.env);
    usage.over = () => {
      metrics.add(usage);
      log(usage.line());
    };
    const { res } = context;
    if (res.status !== 101) {
      res.headers.set("x-request-id", usage.id);
      res.headers.set("x-content-type-options", "nosniff");
      for (const [name, value] of Object.entries(clients.headers(usage.client))) res.headers.set(name, value);
      // HEAD asks what GET would say: a stream that began is let go.
      if (usage.method === "HEAD") await res.body?.cancel();
    }
    usage.answered(res.status);
  });
  app.use("*", accessGuard(services));

  // Bundles are for any page: they have headers of their own.
  const guard = originGuard<Env>(
    (env) => services(env).origins,
    (path) => methodsAt(app, path),
  );
  app.use("*", (context, next) => (context.req.path.startsWith(BUNDLES) ? next() : guard(context, next)));

  // Queries are read by options.ts, whose messages say what to do: the route serves as their description only.
  app.openAPIRegistry.registerPath(embeddingsRoute);
  app.post(embeddingsRoute.path, (context) =>
    embeddings(context.req.raw, context.req.queries(), services(context.env)),
  );

  // The same over a WebSocket, for browsers: they read no answer while they send a body, and a long one would never end.
  app.get(embeddingsRoute.path, (context) => {
    if (!asksForSocket(context.req.raw)) return context.notFound();
    return embeddingsSocket(context.req.raw, context.req.queries(), services(context.env));
  });

  app.openapi(hydrophonesRoute, async (context) => {
    const { live, watches } = services(context.env);
    const states = new Map((await watches?.status())?.hydrophones.map((one) => [one.name, one]));
    const listed = live.list();
    const sent = [...states.values()].filter(({ name }) => !listed.some((one) => one.name === name));
    const all = [...listed, ...sent.map(({ name, title, place }) => ({ name, title, place }))];
    const hydrophones = all.map((one) => {
      const watched = states.get(one.name);
      return watched === undefined ? (one as HydrophoneDescription) : { ...one, ...watchedDescription(watched) };
    });
    return context.json({ hydrophones }, 200);
  });

  for (const route of watchRoutes) {
    app.openAPIRegistry.registerPath(route);
    app.on(route.method.toUpperCase(), route.getRoutingPath(), (context) => {
      const { watches } = services(context.env);
      if (watches === undefined) throw noWatches();
      const parts = pathParts(context.req.path).slice(3);
      return watches.answer(context.req.raw, parts);
    });
  }
  app.openAPIRegistry.registerPath(watchStatusRoute);
  app.get(watchStatusRoute.path, async (context) => {
    const { watches } = services(context.env);
    if (watches === undefined) throw noWatches();
    return Response.json(await watches.status());
  });
  app.get(STATUS_PAGE, async (context) => {
    const { watches } = services(context.env);
    if (watches === undefined) throw noWatches();
    return statusPage(await watches.status());
  });

  app.openAPIRegistry.registerPath(hydrophoneEmbeddingsRoute);
  app.get(hydrophoneEmbeddingsRoute.getRoutingPath(), (context) => {
    const { raw } = context.req;
    const name = context.req.param("name");
    const all = services(context.env);
    if (all.watches?.watches(name)) return all.watches.listen(raw, name);
    const answer = asksForSocket(raw) ? followSocket : followHydrophone;
    return answer(raw, context.req.queries(), liveHydrophone(name, all));
  });

  app.openAPIRegistry.registerPath(sentSoundRoute);
  for (const method of ["POST", "GET"])
    app.on(method, sentSoundRoute.getRoutingPath(), (context) => {
      const { watches } = services(context.env);
      if (watches === undefined) throw noWatches();
      const { raw } = context.req;
      if (method === "GET" && !asksForSocket(raw)) return context.notFound();
      return watches.take(raw, context.req.param("name") ?? "");
    });

  app.openAPIRegistry.registerPath(projectorRoute);
  app.post(projectorRoute.path, (context) =>
    projectorBundle(context.req.raw, context.req.queries(), services(context.env)),
  );

  app.openAPIRegistry.registerPath(bundleRoute);
  app.on(BUNDLE_METHODS, `${BUNDLES}*`, (context) => {
    const { bundles, page, reached } = services(context.env);
    if (bundles === undefined) throw new OrcaError("not_found", "This server keeps no bundles.");
    const { origin, prefix } = reached(context.req.raw);
    const file = new URL(context.req.url).pathname.slice(BUNDLES.length);
    return bundleResponse(context.req.raw, bundles, file, origin + prefix + BUNDLES, page !== undefined);
  });

  app.openAPIRegistry.registerPath(collectionsRoute);
  app.get(collectionsRoute.path, async (context) => {
    const { collections } = services(context.env);
    return context.json({ collections: (await collections?.list()) ?? [] }, 200);
  });
  for (const route of collectionRoutes) {
    app.openAPIRegistry.registerPath(route);
    app.on(route.method.toUpperCase(), route.getRoutingPath(), (context) => {
      const { collections } = services(context.env);
      if (collections === undefined) throw noCollections();
      const what = context.req.path.split("/")[4] ?? "";
      return collections.answer(context.req.raw, context.req.param("name"), what, context.req.query("model"));
    });
  }

  app.openapi(modelsRoute, async (context) => context.json({ models: await listModels(services(context.env)) }, 200));

  app.openAPIRegistry.registerPath(classesRoute);
  app.get(classesRoute.getRoutingPath(), async (context) =>
    context.json(await classesOf(services(context.env).store, context.req.param("model")), 200),
  );

  app.openapi(healthRoute, (context) => {
    const { store, choices, streams } = services(context.env);
    const named = (wanted: string) => store.engines.find(({ id }) => id === wanted)?.name ?? wanted;
    const health: HealthDescription = {
      status: "ok",
      version: VERSION,
      engine: named(choices.engine),
      engines: Object.fromEntries(choices.engines.map((engine) => [engine, named(engine)])),
      unfit: Object.fromEntries(store.unfit()),
      streams: { ...streams },
      models: loadedModels(store),
    };
    return context.json(health, 200);
  });

  app.openapi(readyRoute, async (context) => {
    const { models } = await services(context.env).store.manifest();
    if (models.length === 0) throw new OrcaError("models_missing", "There is no model here.");
    return context.json({ status: "ready" as const, models: models.map(({ description }) => description.id) }, 200);
  });

  app.openapi(metricsRoute, async (context) => {
    const { metrics, streams, store, watches } = services(context.env);
    const own = metrics.text({ streams: streams.active, models: loadedModels(store) });
    const all = watches === undefined ? own : sumOfMetrics([own, ...(await watches.metrics())]);
    return context.text(all, 200, { "content-type": METRICS_TYPE });
  });

  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "orca-embeddings", version: VERSION, license: { name: "Apache-2.0" } },
  });

  app.get(MODEL_FILES, (context) => modelFile(context.req.raw, context.req.param("file"), services(context.env)));

  for (const path of PAGE_PATHS)
    app.get(path, async (context) => {
      const page = await pageResponse(context.req.path, services(context.env).page);
      return page ?? context.notFound();
    });

  // A GET at a path that has one means more than that: an upgrade, or a page's file that there is.
  app.notFound((context) => {
    const { path, method } = context.req;
    const allowed = methodsAt(app, path).filter((other) => other !== (method === "HEAD" ? "GET" : method));
    if (allowed.length === 0) {
      const hint = `There is: ${pathsOf(app).join(", ")}.`;
      return refused(context.req.raw, new OrcaError("not_found", `There is nothing at ${path}.`, { hint }));
    }
    const hint = `Use ${allowed.join(" or ")} ${path}.`;
    const thrown = new OrcaError("method_not_allowed", `${path} does not take ${method}.`, { hint });
    const response = refused(context.req.raw, thrown);
    response.headers.set("allow", allowed.join(", "));
    return response;
  });
  app.onError((thrown, context) => refused(context.req.raw, thrown));
  return app;
}

/** A problem as the answer to a request, whose log line has its code. */
function refused(request: Request, thrown: unknown): Response {
  const usage = usageOf(request);
  usage.code = asOrcaError(thrown).code;
  return problemResponse(thrown, usage.id);
}

/** The models that are loaded, as health and metrics have them. */
function loadedModels(store: Services["store"]) {
  return store.loaded().map((model) => ({
    name: model.entry.description.id,
    variant: model.variantName,
    engine: model.engine.id,
    memory: model.session.memory,
  }));
}

/** How a watched hydrophone does, as those that are not watched say it, and what its watch says. */
function watchedDescription({ state, since, message, heard, listeners = 0 }: HydrophoneStatus) {
  const seen = state === "live" || state === "unheard" ? state : "waiting";
  return {
    ...{ listeners, state: seen as HydrophoneDescription["state"], since, message },
    watch: { state, since, message, heard },
  };
}
