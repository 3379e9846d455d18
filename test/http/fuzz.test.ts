import fc from "fast-check";
import { expect, test } from "vitest";
import { testApp } from "../support/app.ts";
import { collectionObjects } from "../support/collection-objects.ts";
import { runs } from "../support/long.ts";
import { randomRequest, wrongWith } from "../support/random-requests.ts";

const RUNS = runs(200, 100_000);

test(`${RUNS} random requests: each is answered, as a problem with a code where it is wrong, and none is our fault`, {
  timeout: 60_000 + 40 * RUNS,
}, async () => {
  const app = testApp({ COLLECTIONS: collectionObjects() });
  await fc.assert(
    fc.asyncProperty(randomRequest, async ({ method, path, headers, body }) => {
      const init = { method, headers: headers.map(([name, value]) => [name, value] as [string, string]) };
      const answer = await app.fetch(`http://localhost${path}`, body === undefined ? init : { ...init, body });
      expect(await wrongWith(answer, method)).toBe(undefined);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    }),
    { numRuns: RUNS },
  );
  expect(await (await app.fetch("/healthz")).json()).toMatchObject({ streams: { active: 0 } });
});
