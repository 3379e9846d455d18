import { describe, expect, test } from "vitest";
import { NodeSqlite } from "../../src/collection/sqlite.node.ts";
import { checkSettings, secretNames, watchesFrom } from "../../src/http/index.ts";
import { post } from "../../src/http/watches/deliveries.ts";
import { SqlShelf } from "../../src/http/watches/kept-files.ts";
import type { WatchConfig } from "../../src/watch/index.ts";
import { testApp } from "../support/app.ts";
import { problem } from "../support/client.ts";

const hydrophones = { lab: { url: "https://example.org/live.m3u8", detect: "yamnet:0>0.5" } };
const setting = (deliveries: object) => JSON.stringify({ hydrophones, deliveries });

test("WATCHES is what watch.json holds, without programs; its secrets are known by name", () => {
  expect(watchesFrom(" ")).toBeUndefined();
  const hook = { kind: "webhook", to: { env: "HOOK" }, secret: { env: "HOOK_SECRET" } };
  const tell = { kind: "ntfy", to: "https://ntfy.sh/a", token: { env: "HOOK" } };
  expect(secretNames(watchesFrom(setting({ hook, tell })) as WatchConfig)).toEqual(["HOOK", "HOOK_SECRET"]);
  expect(() => checkSettings({ WATCHES: setting({ horn: { kind: "exec", command: ["horn"] } }) })).toThrow(
    "WATCHES cannot be used: deliveries.horn runs a program.",
  );
  expect(() => checkSettings({ WATCHES: "{}" })).toThrow(/^WATCHES cannot be used: /);
});

test("a Worker without objects says that nothing is watched", async () => {
  const { fetch } = testApp({ WATCHES: setting({}) });
  for (const path of ["/watch", "/v1/watch", "/v1/hydrophones/lab/events"])
    expect(await problem(await fetch(path))).toMatchObject({
      code: "not_found",
      detail: expect.stringMatching(/watches no/),
    });
  // What is watched may be listened to.
  expect(await (await fetch("/v1/hydrophones")).json()).toMatchObject({ hydrophones: [{ name: "lab", title: "lab" }] });
});

test("files in SQLite are cut into rows, and whole again; what has no room is said", async () => {
  const sql = await NodeSqlite.open(":memory:", true);
  const shelf = new SqlShelf(sql);
  const bytes = Uint8Array.from({ length: 2.5 * 2 ** 20 }, (_, at) => at % 251);
  await shelf.put("a.flac", bytes);
  await shelf.put("a.flac", bytes);
  expect(sql.first("SELECT count(*) AS count FROM watch_files")?.count).toBe(3);
  expect(Buffer.compare((await shelf.get("a.flac")) as Uint8Array, bytes)).toBe(0);
  await shelf.delete("a.flac");
  expect(await shelf.get("a.flac")).toBeUndefined();
  sql.run("PRAGMA max_page_count = 20");
  await expect(shelf.put("b.flac", new Uint8Array(5 * 2 ** 20))).rejects.toMatchObject({
    code: "unwritable",
    message: expect.stringMatching(/^The sound could not be kept: .*full/),
  });
  expect(await shelf.get("b.flac")).toBeUndefined();
  sql.close();
});

describe("a delivery from a Worker", () => {
  const posting = { method: "POST", headers: {}, body: "{}" } as const;
  const never = new AbortController().signal;
  const answering = (response: () => Promise<Response>) => (_url: string, init: RequestInit) => {
    expect(init.redirect).toBe("manual");
    return response();
  };

  test("goes to no private address that is written as one, where that is not allowed", async () => {
    const unasked = answering(async () => Promise.reject(new Error("asked")));
    await expect(post({ ...posting, url: "http://[::1]/" }, 1000, never, false, unasked)).rejects.toMatchObject({
      code: "host_refused",
    });
  });

  test("a long answer is cut, and what does not answer is given up", async () => {
    const long = answering(
      async () => new Response("x ".repeat(1e5), { status: 503, headers: { "retry-after": "7" } }),
    );
    const answer = await post({ ...posting, url: "https://example.org/" }, 1000, never, false, long);
    expect([answer.status, answer.retryAfter, answer.text.length]).toEqual([503, 7, 199]);
    const hangs = (_url: string, { signal }: RequestInit) =>
      new Promise<Response>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    await expect(post({ ...posting, url: "https://example.org/" }, 50, never, false, hangs)).rejects.toThrow(
      "example.org did not answer within 0.05 s",
    );
  });
});
