import type { Services } from "../services.ts";
import type { WatchSettings } from "./bindings.ts";

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Wakes the watches with an isolate's first request, whatever it is for: from then on alarms do, over restarts too.
 * @returns to be called with each request
 */
export function waking<Env extends WatchSettings>(
  servicesOf: (env: Env) => Services,
): (env: Env, context: Context) => void {
  let woken = false;
  return (env, context) => {
    if (woken || env.WATCH === undefined || (env.WATCHES ?? "") === "") return;
    woken = true;
    context.waitUntil(wakeAll(servicesOf, env));
  };
}

/** Sees to it that all that is watched is followed. */
export async function wakeAll<Env>(servicesOf: (env: Env) => Services, env: Env): Promise<void> {
  await servicesOf(env).watches?.wake();
}
