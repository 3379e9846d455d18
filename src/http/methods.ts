import type { Env, Hono } from "hono";

/** A method that stands for all of them: guards have it, and answer nothing. */
const ANY = "ALL";

/** The paths of an app's routes, in their order; a part behind a colon may be anything. */
export function pathsOf<E extends Env>(app: Hono<E>): string[] {
  return [...new Set(app.routes.filter(({ method }) => method !== ANY).map(({ path }) => path))];
}

/** The methods that an app's routes take at a path; none where there is nothing. */
export function methodsAt<E extends Env>(app: Hono<E>, path: string): string[] {
  const methods = new Set(app.routes.map(({ method }) => method));
  return [...methods].filter((method) => {
    if (method === ANY) return false;
    const [handlers] = app.router.match(method, path);
    return handlers.some(([[, route]]) => route.method === method);
  });
}

/** The route that answers at a path, as it is written where it was made; `other` where there is none. */
export function routeAt<E extends Env>(app: Hono<E>, path: string): string {
  for (const method of methodsAt(app, path)) {
    const [handlers] = app.router.match(method, path);
    const found = handlers.find(([[, route]]) => route.method === method);
    if (found !== undefined) return found[0][1].path;
  }
  return "other";
}
