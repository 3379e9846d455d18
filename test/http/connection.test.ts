import { describe, expect, test } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import { limitsFrom } from "../../src/http/limits.ts";
import { Connection, type ServerSocket } from "../../src/http/sockets/connection.ts";
import { acceptSocket, SocketBytes } from "../../src/http/sockets/index.ts";

/** The server's end of a connection whose other end the test holds. */
function connection(idle = 10_000) {
  const listeners = new Map<string, (event: { data: unknown }) => void>();
  const sent: (string | Uint8Array)[] = [];
  const closed: [number, string][] = [];
  const socket: ServerSocket = {
    accept: () => undefined,
    send: (message) => void sent.push(message),
    close: (code, reason) => void closed.push([code, reason]),
    addEventListener: (kind: string, listener: (event: { data: unknown }) => void) =>
      void listeners.set(kind, listener),
  };
  const made = new Connection(socket, idle, "a");
  return { connection: made, sent, closed, hear: (kind: string, data?: unknown) => listeners.get(kind)?.({ data }) };
}

const MEGABYTE = new Uint8Array(1024 ** 2);
const soon = () => new Promise((resolve) => setTimeout(resolve, 30));

describe("what is sent", () => {
  test("4 MiB may be on their way; more goes when they are acknowledged", async () => {
    const { connection: client, sent, hear } = connection();
    for (let message = 0; message < 4; message++) await client.send(MEGABYTE);
    let resumed = false;
    const more = client.send("a").then(() => {
      resumed = true;
    });
    await soon();
    expect([sent.length, resumed]).toEqual([5, false]);
    hear("message", JSON.stringify({ type: "taken", bytes: MEGABYTE.length }));
    await more;
    client.close();
  });

  test("a client that takes nothing is left after the idle time, and one that leaves is not waited for", async () => {
    for (const leave of [undefined, "close", "error"]) {
      const { connection: client, closed, hear } = connection(leave === undefined ? 50 : 10_000);
      let left = 0;
      client.gone.addEventListener("abort", () => left++);
      const stuck = client.send(new Uint8Array(5 * 1024 ** 2));
      if (leave !== undefined) hear(leave);
      await stuck;
      expect(left).toBe(1);
      expect(closed).toEqual(leave === undefined ? [[1008, "nothing was taken"]] : []);
      await client.send("to nobody");
    }
  });

  test.each(["hello", "{}", '{"type":"taken"}', '{"type":"taken","bytes":-1}', "null"])(
    "the message %s is no acknowledgement: the connection is closed",
    (data) => {
      const { closed, hear } = connection();
      hear("message", data);
      expect(closed).toEqual([[1008, "a message was no acknowledgement"]]);
    },
  );

  test("what went wrong is the last record, and the code says whose fault it was", () => {
    for (const [error, code] of [
      [new OrcaError("not_audio", "no"), 1000],
      [new OrcaError("too_slow", "no"), 1008],
      [new Error("a bug"), 1011],
    ] as const) {
      const { connection: client, sent, closed } = connection();
      client.fail(error);
      client.fail(error);
      expect(sent.map((text) => JSON.parse(String(text)))).toMatchObject([{ type: "error" }]);
      expect(closed.map(([closing]) => closing)).toEqual([code]);
    }
  });
});

describe("what comes", () => {
  const limits = limitsFrom({ MAX_BODY_BYTES: String(64 * 1024 ** 2) });
  const taken = (sent: readonly unknown[]) =>
    sent
      .map((text) => JSON.parse(String(text)) as { type: string; bytes: number })
      .filter(({ type }) => type === "taken");

  test("each byte is acknowledged when it was used up, many small ones together", async () => {
    const { connection: client, sent, hear } = connection();
    const bytes = new SocketBytes(client, limits);
    for (let message = 0; message < 100; message++) hear("message", new ArrayBuffer(1));
    hear("message", new ArrayBuffer(100_000));
    hear("message", "end");
    let total = 0;
    for (let step = await bytes.next(); !step.done; step = await bytes.next()) total += step.value.length;
    expect(total).toBe(100_100);
    expect(taken(sent).reduce((sum, { bytes: count }) => sum + count, 0)).toBe(100_100);
    expect(taken(sent).length).toBeLessThan(5);
  });

  test("a sender that runs ahead is refused while nobody asks for its bytes, and what it goes on sending is dropped", async () => {
    for (const size of [1024 ** 2, 16]) {
      const { connection: client, sent, closed, hear } = connection();
      const bytes = new SocketBytes(client, limits);
      const messages = size === 16 ? 16_385 : 5;
      for (let message = 0; message < messages; message++) {
        expect(closed).toEqual([]);
        hear("message", new ArrayBuffer(size));
      }
      expect(closed).toEqual([[1008, "too_large"]]);
      expect(JSON.parse(String(sent.at(-1)))).toMatchObject({ type: "error", hint: expect.stringContaining("taken") });
      hear("message", new ArrayBuffer(size));
      expect((await bytes.next()).done).toBe(true);
    }
  });
});

test.each([
  {},
  { "sec-websocket-version": "13" },
  { "sec-websocket-version": "8", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" },
])("a handshake with %o is none", (headers) => {
  expect(() => acceptSocket(new Request("http://x/", { headers: headers as HeadersInit }), 1000)).toThrow(
    expect.objectContaining({ code: "bad_option", field: "Sec-WebSocket-Key" }),
  );
});
