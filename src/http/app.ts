import { OpenAPIHono } from "@hono/zod-openapi";
import { OrcaError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { embeddings, embeddingsSocket } from "./embeddings.ts";
import { BUNDLE_METHODS, bundleResponse } from "./files/index.ts";
import { followHydrophone, followSocket, hydrophoneEmbeddingsRoute, hydrophonesRoute } from "./live/index.ts";
import { methodsAt, pathsOf } from "./methods.ts";
import { classesOf, listModels } from "./models.ts";
import {
  bundleRoute,
  classesRoute,
  embeddingsRoute,
  type HealthDescription,
  healthRoute,
  modelsRoute,
  projectorRoute,
} from "./openapi.ts";
import { originGuard } from "./origins.ts";
import { PAGE_PATHS, pageResponse } from "./page.ts";
import { problemResponse } from "./problem.ts";
import { projectorBundle } from "./projector.ts";
import type { Services } from "./services.ts";

/** The folder of bundles. */
const BUNDLES = "/projector/";

/** The HTTP interface. `services` is asked for at each request, because workerd gives its bindings only then. */
export function createApp<Env extends object>(services: (env: Env) => Services): OpenAPIHono<{ Bindings: Env }> {
  const app = new OpenAPIHono<{ Bindings: Env }>();

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
    if (context.req.header("upgrade")?.toLowerCase() !== "websocket") return context.notFound();
    return embeddingsSocket(context.req.raw, context.req.queries(), services(context.env));
  });

  app.openapi(hydrophonesRoute, (context) => context.json({ hydrophones: services(context.env).live.list() }, 200));

  app.openAPIRegistry.registerPath(hydrophoneEmbeddingsRoute);
  app.get(hydrophoneEmbeddingsRoute.getRoutingPath(), (context) => {
    const upgrade = context.req.header("upgrade")?.toLowerCase() === "websocket";
    const answer = upgrade ? followSocket : followHydrophone;
    return answer(context.req.raw, context.req.param("name"), context.req.queries(), services(context.env));
  });

  app.openAPIRegistry.registerPath(projectorRoute);
  app.post(projectorRoute.path, (context) =>
    projectorBundle(context.req.raw, context.req.queries(), services(context.env)),
  );

  app.openAPIRegistry.registerPath(bundleRoute);
  app.on(BUNDLE_METHODS, `${BUNDLES}*`, (context) => {
    const { bundles, page } = services(context.env);
    const { origin, pathname } = new URL(context.req.url);
    if (bundles === undefined) throw new OrcaError("not_found", "This server keeps no bundles.");
    return bundleResponse(
      context.req.raw,
      bundles,
      pathname.slice(BUNDLES.length),
      origin + BUNDLES,
      page !== undefined,
    );
  });

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
      models: store.loaded().map((model) => ({
        name: model.entry.description.id,
        variant: model.variantName,
        engine: model.engine.id,
        memory: model.session.memory,
      })),
    };
    return context.json(health, 200);
  });

  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "orca-embeddings", version: VERSION, license: { name: "Apache-2.0" } },
  });

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
      return problemResponse(new OrcaError("not_found", `There is nothing at ${path}.`, { hint }));
    }
    const hint = `Use ${allowed.join(" or ")} ${path}.`;
    const response = problemResponse(new OrcaError("method_not_allowed", `${path} does not take ${method}.`, { hint }));
    response.headers.set("allow", allowed.join(", "));
    return response;
  });
  app.onError((thrown) => problemResponse(thrown));
  return app;
}
