import { expect, test } from "vitest";
import { Outbox } from "../../src/http/live/outbox.ts";
import type { ServerSocket } from "../../src/http/record-socket.ts";

/** The server's end of a connection whose other end the test holds. */
function connection() {
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
  return { socket, sent, closed, hear: (kind: string, data?: unknown) => listeners.get(kind)?.({ data }) };
}

const MEGABYTE = new Uint8Array(1024 ** 2);
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

test("4 MB may be on their way; more goes when they are acknowledged", async () => {
  const { socket, sent, hear } = connection();
  const outbox = new Outbox(socket, 10_000, () => undefined);
  for (let message = 0; message < 4; message++) await outbox.send(MEGABYTE);
  let resumed = false;
  const more = outbox.send("a").then(() => {
    resumed = true;
  });
  await soon();
  expect([sent.length, resumed]).toEqual([5, false]);
  hear("message", JSON.stringify({ type: "taken", bytes: MEGABYTE.length }));
  await more;
  outbox.close(1000, "done");
});

test("a listener that takes nothing is left after the idle time, and one that leaves is not waited for", async () => {
  for (const leave of [undefined, "close", "error"]) {
    const { socket, closed, hear } = connection();
    let left = 0;
    const outbox = new Outbox(socket, leave === undefined ? 50 : 10_000, () => left++);
    const stuck = outbox.send(new Uint8Array(5 * 1024 ** 2));
    if (leave !== undefined) hear(leave);
    await stuck;
    expect(left).toBe(1);
    expect(closed).toEqual(leave === undefined ? [[1008, "nothing was taken"]] : []);
    await outbox.send("to nobody");
  }
});

test.each(["hello", "{}", '{"type":"taken"}', '{"type":"taken","bytes":-1}', "null"])(
  "the message %s is no acknowledgement: the connection is closed",
  (data) => {
    const { socket, closed, hear } = connection();
    new Outbox(socket, 10_000, () => undefined);
    hear("message", data);
    expect(closed).toEqual([[1008, "a message was no acknowledgement"]]);
  },
);
