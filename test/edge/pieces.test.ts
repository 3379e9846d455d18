import { beforeEach, describe, expect, test } from "vitest";
import { jobsResponse } from "../../src/edge/index.ts";
import type { JobReport } from "../../src/edge/job.ts";
import { flac16 } from "../../src/output/flac-writer.ts";
import { wav16 } from "../../src/sample/index.ts";
import { testServices } from "../support/app.ts";
import { some } from "../support/long.ts";
import { noise } from "../support/recordings.ts";
import { type Edge, edge } from "./support.ts";

const services = testServices({ VARIANT: "int8" });
const RATE = 16_000;
/** Loud enough that some samples are cut off, about another value than 0: findings that count over all pieces. */
const sound = noise(11 * RATE, 3).map((value) => 1.3 * value + 0.5);
const files = { "site/a.wav": wav16(sound, RATE), "site/b.flac": flac16(sound, RATE) };

let here: Edge;
beforeEach(() => {
  here = edgeWith({ PIECE_SECONDS: "3" });
});

function edgeWith(env: Parameters<typeof edge>[0]): Edge {
  const made = edge(env);
  for (const [key, bytes] of Object.entries(files)) made.bucket.set(key, bytes);
  return made;
}

async function ask(at: Edge, method: string, path: string, body?: object, id = "one"): Promise<JobReport> {
  const headers = { "idempotency-key": id };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await jobsResponse(new Request(`http://localhost/v1/jobs${path}`, init), at.env, services);
  return (await response.json()) as JobReport;
}
const begin = (at: Edge, model = "yamnet") => ask(at, "POST", "", { prefix: "site/", model });
const results = ({ bucket }: Edge) =>
  Object.fromEntries(
    [...bucket.objects].filter(([key]) => key.startsWith("embeddings/")).map(([key, { bytes }]) => [key, bytes]),
  );
const kindOf = (body: unknown) => (body as { kind?: string }).kind;

/** Results of a job that does each recording by one message. */
async function whole(model: string): Promise<Record<string, Uint8Array>> {
  const plain = edgeWith({});
  await begin(plain, model);
  await plain.queue.drain(plain.env, services);
  return results(plain);
}

describe("long recordings are done in pieces, and the result is to the byte that of the whole", () => {
  test.each(some(["yamnet", "vggish"], 1))("%s", { timeout: 60_000 }, async (model) => {
    const expected = await whole(model);
    await begin(here, model);
    const kinds: (string | undefined)[] = [];
    await here.queue.drain(here.env, services, (body) => {
      kinds.push(kindOf(body));
      // Every other message comes twice, side by side.
      return kinds.length % 2 === 0;
    });
    expect(kinds.filter((kind) => kind === "piece").length).toBeGreaterThanOrEqual(6);
    expect(await ask(here, "GET", "/one")).toMatchObject({
      state: "done",
      recordings: 2,
      done: 2,
      failed: 0,
      seconds: 22,
    });
    expect(Object.keys(results(here)).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, bytes] of Object.entries(expected)) {
      expect(Buffer.compare(results(here)[key] as Uint8Array, bytes), key).toBe(0);
      expect(here.bucket.writes.get(key), key).toBe(1);
    }
  });
});

test("a job that ended while pieces were under way goes on with those that are missing", async () => {
  await begin(here);
  let pieces = 0;
  await here.queue.drain(here.env, services, (body) => {
    if (kindOf(body) === "piece" && ++pieces === 3) here.queue.waiting.length = 0;
    return false;
  });
  const between = await ask(here, "GET", "/one");
  expect(between).toMatchObject({ state: "running", done: 0, waiting: 2, pieces: { done: 3, all: 8 } });
  const made = [...here.bucket.writes.keys()];
  await ask(here, "POST", "/one/resume");
  await here.queue.drain(here.env, services);
  expect(await ask(here, "GET", "/one")).toMatchObject({ state: "done", done: 2, failed: 0 });
  expect(made.map((key) => here.bucket.writes.get(key))).toEqual([1, 1, 1]);
  expect(results(here)).toEqual(await whole("yamnet"));
});

test("what joins the pieces came to nothing: resuming joins them", async () => {
  await begin(here);
  await here.queue
    .drain(here.env, services, (body) => {
      if (kindOf(body) === "join") throw new Error("the process ends");
      return false;
    })
    .catch(() => undefined);
  here.queue.waiting.length = 0;
  await ask(here, "POST", "/one/resume");
  await here.queue.drain(here.env, services);
  expect(results(here)).toEqual(await whole("yamnet"));
});

test("a piece whose process ended before it was counted is found, and counted by its last line where it is long", async () => {
  const { JOBS } = here.env;
  let lost = 0;
  const forgetful: typeof JOBS = {
    idFromName: (name) => JOBS.idFromName(name),
    get: (id) => ({
      fetch: async (request) => {
        if (!request.url.endsWith("/piece") || lost++ > 0) return JOBS.get(id).fetch(request);
        // As R2 keeps one of several parts.
        for (const [key, { bytes, customMetadata }] of here.bucket.objects) {
          if (key.includes(".pieces/")) here.bucket.set(key, bytes, { job: customMetadata.job ?? "" });
        }
        throw new Error("the process ends");
      },
    }),
  };
  const env = { ...here.env, JOBS: forgetful };
  await begin(here);
  await here.queue.drain(env, services);
  expect(lost).toBeGreaterThan(8);
  expect(await ask(here, "GET", "/one")).toMatchObject({ state: "done", done: 2, windows: 44, seconds: 22 });
  expect([...new Set(here.bucket.writes.values())]).toEqual([1]);
});

test("an object that changes between its pieces is named, and goes on as it is", async () => {
  await begin(here);
  let pieces = 0;
  await here.queue.drain(here.env, services, (body) => {
    if (kindOf(body) === "piece" && ++pieces === 2)
      here.bucket.set("site/a.wav", wav16(sound.subarray(0, 8 * RATE), RATE));
    return false;
  });
  expect((await ask(here, "GET", "/one")).failures.map(({ key, code }) => [key, code])).toEqual([
    ["site/a.wav", "unreadable"],
  ]);
  await ask(here, "POST", "/one/resume");
  await here.queue.drain(here.env, services);
  expect(await ask(here, "GET", "/one")).toMatchObject({ done: 2, failed: 0, seconds: 19 });
});

test("Humpback's smoother hears all of a recording, which is one message then; pcen=window lets it be cut", async () => {
  here.bucket.objects.delete("site/b.flac");
  here.bucket.set("site/a.wav", wav16(sound.subarray(0, 5 * RATE), RATE));
  const kindsOf = async (pcen: string) => {
    await ask(here, "POST", "", { prefix: "site/", model: "humpback", pcen, out: `${pcen}/` }, pcen);
    const kinds: (string | undefined)[] = [];
    await here.queue.drain(here.env, services, (body) => {
      kinds.push(kindOf(body));
      return false;
    });
    return kinds;
  };
  expect(await kindsOf("clip")).toEqual(["list", "record"]);
  expect(await kindsOf("window")).toEqual(["list", "record", "piece", "piece", "join"]);
  // Four times a piece is what one message does.
  here.bucket.set("site/a.wav", wav16(new Float32Array(13 * RATE), RATE));
  await ask(here, "POST", "/clip/resume");
  await here.queue.drain(here.env, services);
  expect((await ask(here, "GET", "/clip")).failures).toEqual([
    {
      key: "site/a.wav",
      code: "too_large",
      message: expect.stringMatching(
        /^It has 13 s of sound, one message can do 12 s, and humpback's PCEN learns from all sound .*pcen=window/,
      ),
    },
  ]);
});

test("a message asks the bucket for little, whatever the recording's length: a piece reads its own bytes", async () => {
  await begin(here);
  const costs = new Map<string | undefined, { requests: number; read: number }>();
  let last: string | undefined;
  let [requests, read] = [0, 0];
  const note = () => {
    const cost = { requests: here.bucket.requests - requests, read: here.bucket.read - read };
    const most = costs.get(last) ?? { requests: 0, read: 0 };
    costs.set(last, { requests: Math.max(most.requests, cost.requests), read: Math.max(most.read, cost.read) });
    ({ requests, read } = here.bucket);
  };
  await here.queue.drain(here.env, services, (body) => {
    note();
    last = kindOf(body);
    return false;
  });
  note();
  // Of the 50 to 1,000 that a Worker may make.
  expect(costs.get("record")?.requests).toBeLessThanOrEqual(8);
  expect(costs.get("piece")?.requests).toBeLessThanOrEqual(12);
  const wav = files["site/a.wav"].length;
  expect(costs.get("record")?.read).toBeLessThan(wav);
  // Three of eleven seconds, what the resampler and the last window need, and a few blocks of 64 KiB.
  expect(costs.get("piece")?.read).toBeLessThan((3 / 11) * wav + 6 * 65_536);
});
