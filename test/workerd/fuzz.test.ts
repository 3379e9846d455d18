import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { health } from "../support/client.ts";
import { runs } from "../support/long.ts";
import { randomRequest, wrongWith } from "../support/random-requests.ts";
import { assetsFolder } from "../support/test-models.ts";

/** A tenth of those in one process. */
const RUNS = runs(60, 10_000);

let worker: PlainWorker;
beforeAll(async () => {
  worker = await startPlainWorker(assetsFolder, { ENGINE: "kernels", LOG: "none" });
});
afterAll(() => worker?.stop());

/**
 * What workerd answers itself, before the Worker is asked: 501 and plain text for a method that it does not know (it has a list of
 * those that are registered).
 */
const itsOwn = ({ status }: Response) => status === 501;

test(`${RUNS} random requests over a socket`, { timeout: 60_000 + 40 * RUNS }, async () => {
  await fc.assert(
    fc.asyncProperty(randomRequest, async ({ method, path, headers, body }) => {
      const init = { method, headers: headers.map(([name, value]) => [name, value] as [string, string]) };
      const answer = await fetch(new URL(worker.url).origin + path, body === undefined ? init : { ...init, body });
      if (itsOwn(answer)) await answer.arrayBuffer();
      else expect(await wrongWith(answer, method)).toBe(undefined);
    }),
    { numRuns: RUNS },
  );
  await expect.poll(async () => (await health(worker.url)).streams.active).toBe(0);
});
