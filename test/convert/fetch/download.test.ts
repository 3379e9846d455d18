import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { Patience } from "../../../src/convert/fetch/attempt.ts";
import { type Download, download } from "../../../src/convert/fetch/download.ts";
import { etagOf, type Handler, serve, serveAndCut, startFileServer } from "../../support/file-server.ts";
import { refusal, temporaryFolder } from "../readers/support.ts";

/** Large enough for several chunks. */
const FILE = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3));
const OTHER = Buffer.from(FILE).reverse();
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const PATIENCE: Patience = { connect: 300, idle: 300, tries: 4, connections: 2, pause: 1 };

let target = "";
beforeEach(async () => {
  target = join(await temporaryFolder(), "model.ckpt");
});

const job = (address: string, more: Partial<Download> = {}): Download => ({
  address,
  target,
  most: 1e6,
  sha256: null,
  ...more,
});
/** What is in the target's folder. */
const left = async () => (await readdir(join(target, ".."))).sort();

/** Handlers one after the other, the last for ever. */
function inTurn(...handlers: (Uint8Array | Handler)[]): Handler {
  return (request, response) => {
    const next = (handlers.length > 1 ? handlers.shift() : handlers[0]) as Uint8Array | Handler;
    if (typeof next === "function") next(request, response);
    else serve(next, request, response);
  };
}
const status =
  (code: number, headers = {}): Handler =>
  (_, response) =>
    response.writeHead(code, headers).end();
const silence: Handler = () => undefined;

test("a file comes whole, with its hash, and nothing beside it", async () => {
  const server = await startFileServer({ "/a": FILE });
  const seen: [number, number | undefined][] = [];
  const got = await download(
    job(`${server.url}/a`, { sha256: sha256(FILE), progress: (...now) => seen.push(now) }),
    PATIENCE,
  );
  expect(got).toEqual({ bytes: FILE.length, sha256: sha256(FILE) });
  expect(FILE.equals(await readFile(target))).toBe(true);
  expect(await left()).toEqual(["model.ckpt"]);
  expect(seen[0]).toEqual([0, FILE.length]);
  expect(seen.at(-1)).toEqual([FILE.length, FILE.length]);
});

describe("a connection that breaks", () => {
  test("is resumed where it broke, in the same call", async () => {
    const server = await startFileServer({ "/a": inTurn(serveAndCut(FILE, 100_000), serveAndCut(FILE, 50_000), FILE) });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(FILE.equals(await readFile(target))).toBe(true);
    expect(server.requests).toEqual(["/a", "/a bytes=100000-", "/a bytes=150000-"]);
  });

  test("… and in the next call, after all tries of the first", async () => {
    const server = await startFileServer({ "/a": serveAndCut(FILE, 30_000) });
    const error = await refusal(() => download(job(`${server.url}/a`), { ...PATIENCE, tries: 2 }));
    expect(error).toMatchObject({ code: "fetch_failed", message: `${server.url}/a closed the connection.` });
    expect(await left()).toEqual(["model.ckpt.part", "model.ckpt.part.json"]);
    // What had come when the connection went; on a busy machine some of what was sent had not.
    const { size } = await stat(`${target}.part`);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(60_000);
    server.files.set("/a", FILE);
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests.at(-1)).toBe(`/a bytes=${size}-`);
    expect(FILE.equals(await readFile(target))).toBe(true);
  });

  test("a file that has changed meanwhile is fetched from its start", async () => {
    const server = await startFileServer({ "/a": inTurn(serveAndCut(FILE, 100_000), OTHER) });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests).toEqual(["/a", "/a bytes=100000-"]);
    expect(OTHER.equals(await readFile(target))).toBe(true);
  });

  test("… also where the server does not know If-Range and sends the rest of the new one", async () => {
    const rest: Handler = (request, response) => {
      delete request.headers["if-range"];
      serve(OTHER, request, response);
    };
    const server = await startFileServer({ "/a": inTurn(serveAndCut(FILE, 100_000), rest) });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests).toEqual(["/a", "/a bytes=100000-", "/a"]);
    expect(OTHER.equals(await readFile(target))).toBe(true);
  });

  test("a server without ranges, and one without validators, start anew", async () => {
    const whole: Handler = (_, response) => response.writeHead(200, { etag: etagOf(FILE) }).end(FILE);
    const server = await startFileServer({ "/a": inTurn(serveAndCut(FILE, 100_000), whole) });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(FILE.equals(await readFile(target))).toBe(true);
    const bare: Handler = (_, response) => {
      response.writeHead(200, { "content-length": String(FILE.length), etag: 'W/"weak"' });
      response.write(FILE.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20));
    };
    server.files.set("/b", inTurn(bare, FILE));
    await download(job(`${server.url}/b`), PATIENCE);
    expect(server.requests.slice(2)).toEqual(["/b", "/b"]);
    expect(FILE.equals(await readFile(target))).toBe(true);
  });

  test("a part that is longer than the file is given up", async () => {
    const server = await startFileServer({ "/a": FILE });
    await writeFile(`${target}.part`, Buffer.alloc(FILE.length + 5));
    const version = { address: `${server.url}/a`, validator: etagOf(FILE) };
    await writeFile(`${target}.part.json`, JSON.stringify(version));
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests).toEqual([`/a bytes=${FILE.length + 5}-`, "/a"]);
    expect(FILE.equals(await readFile(target))).toBe(true);
  });

  test("a part from another address is not used", async () => {
    const server = await startFileServer({ "/a": FILE });
    await writeFile(`${target}.part`, "something else");
    await writeFile(`${target}.part.json`, JSON.stringify({ address: "http://else/a", validator: etagOf(FILE) }));
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests).toEqual(["/a"]);
    expect(FILE.equals(await readFile(target))).toBe(true);
  });
});

test("a part that another process writes to at the same time is given up", async () => {
  const meddle: Handler = (_, response) => {
    response.writeHead(200, { etag: etagOf(FILE), "content-length": String(FILE.length) });
    response.write(FILE.subarray(0, 1000), async () => {
      while (!existsSync(`${target}.part`)) await new Promise((resolve) => setTimeout(resolve, 5));
      await truncate(`${target}.part`, FILE.length + 10);
      response.end(FILE.subarray(1000));
    });
  };
  const server = await startFileServer({ "/a": meddle });
  const error = await refusal(() => download(job(`${server.url}/a`), PATIENCE));
  expect(error.message).toMatch(/model\.ckpt\.part was written by somebody else, too\.$/);
  expect(await left()).toEqual([]);
});

describe("what is not the file", () => {
  test("another checksum is refused, and what came is removed", async () => {
    const server = await startFileServer({ "/a": OTHER });
    await writeFile(target, "the old one");
    const error = await refusal(() => download(job(`${server.url}/a`, { sha256: sha256(FILE) }), PATIENCE));
    expect(error.code).toBe("checksum_mismatch");
    expect(error.message).toContain(sha256(OTHER));
    expect(error.message).toContain(`${sha256(FILE)} was expected`);
    expect(await left()).toEqual(["model.ckpt"]);
    expect(await readFile(target, "utf8")).toBe("the old one");
  });

  test.each([
    ["announced", { "content-length": String(FILE.length) }],
    ["not announced", {}],
  ])("more bytes than any published file has, %s", async (_, headers) => {
    const server = await startFileServer({ "/a": (_, response) => response.writeHead(200, headers).end(FILE) });
    const error = await refusal(() => download(job(`${server.url}/a`, { most: 100_000 }), PATIENCE));
    expect(error).toMatchObject({ code: "fetch_failed", message: expect.stringContaining("more than 100000 bytes") });
    expect(server.requests.length).toBe(1);
    expect(await left()).toEqual([]);
  });

  test("404 is not tried again", async () => {
    const server = await startFileServer();
    const error = await refusal(() => download(job(`${server.url}/a`), PATIENCE));
    expect(error).toMatchObject({ code: "fetch_failed", message: `${server.url}/a answered 404.` });
    expect(server.requests.length).toBe(1);
    expect(await left()).toEqual([]);
  });
});

describe("failures that pass", () => {
  test.each([408, 429, 500, 502, 503, 504])("%i is tried again", async (code) => {
    const server = await startFileServer({ "/a": inTurn(status(code), status(code), FILE) });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests.length).toBe(3);
  });

  test("… but not for ever, and with growing pauses", async () => {
    const server = await startFileServer({ "/a": status(503) });
    const started = performance.now();
    const error = await refusal(() => download(job(`${server.url}/a`), { ...PATIENCE, pause: 50 }));
    expect(error.message).toBe(`${server.url}/a answered 503.`);
    expect(server.requests.length).toBe(PATIENCE.tries);
    expect(performance.now() - started).toBeGreaterThanOrEqual(50 + 100 + 200 - 5);
  });

  test("a server that goes silent in the middle is left, and asked for the rest", async () => {
    const stall: Handler = (_, response) => {
      response.writeHead(200, { etag: etagOf(FILE), "content-length": String(FILE.length) });
      response.write(FILE.subarray(0, 5000));
    };
    const server = await startFileServer({ "/a": inTurn(stall, FILE) });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests).toEqual(["/a", "/a bytes=5000-"]);
    expect(FILE.equals(await readFile(target))).toBe(true);
  });

  test("a slow server that keeps sending is waited for", async () => {
    const slow: Handler = (_, response) => {
      response.writeHead(200, { "content-length": "6" });
      let sent = 0;
      const timer = setInterval(
        () => (++sent < 6 ? response.write("x") : response.end("x", () => clearInterval(timer))),
        100,
      );
    };
    const server = await startFileServer({ "/a": slow });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(await readFile(target, "utf8")).toBe("xxxxxx");
    expect(server.requests.length).toBe(1);
  });

  test("a server that never answers is given up at its time limit, and not asked again", async () => {
    const server = await startFileServer({ "/a": silence });
    const error = await refusal(() => download(job(`${server.url}/a`), { ...PATIENCE, connections: 1 }));
    expect(error.message).toBe(`${server.url}/a did not answer within 0.3 s.`);
    expect(server.requests.length).toBe(1);
  });
});

describe("no network", () => {
  test("a port where nobody listens", async () => {
    const port = await closedPort();
    const error = await refusal(() => download(job(`http://127.0.0.1:${port}/a`), PATIENCE));
    expect(error).toMatchObject({
      code: "fetch_failed",
      message: `http://127.0.0.1:${port}/a refuses connections.`,
    });
    expect(await left()).toEqual([]);
  });

  test("a name that nobody has", async () => {
    const error = await refusal(() => download(job("http://nobody.invalid/a"), { ...PATIENCE, connect: 5000 }));
    expect(error.message).toBe("http://nobody.invalid/a cannot be found.");
  });
});

describe("redirects", () => {
  test("are followed, also when resuming", async () => {
    const server = await startFileServer({
      "/a": status(302, { location: "/b?signed=1" }),
      "/b?signed=1": inTurn(serveAndCut(FILE, 100_000), FILE),
    });
    await download(job(`${server.url}/a`), PATIENCE);
    expect(server.requests).toEqual(["/a", "/b?signed=1", "/a bytes=100000-", "/b?signed=1 bytes=100000-"]);
    expect(FILE.equals(await readFile(target))).toBe(true);
  });

  test("a circle of them ends", async () => {
    const server = await startFileServer({ "/a": status(302, { location: "/a" }) });
    const error = await refusal(() => download(job(`${server.url}/a`), PATIENCE));
    expect(error.message).toContain("redirect count exceeded");
    expect(existsSync(target)).toBe(false);
  });
});

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
