import { OrcaError } from "../../errors.ts";
import type { Sending } from "../../live/index.ts";
import type { Watch } from "../../watch/index.ts";
import { sameSecret } from "../access/index.ts";
import type { Connection } from "../sockets/index.ts";

/** Without a byte for so long a sender has vanished, ms. */
const DEAD = 30_000;
/** What a WebSocket's sender may send ahead of what is taken, bytes; it learns by `taken` messages what that is. */
const MOST_AHEAD = 4 * 2 ** 20;
const KNOWN = ["rate", "channels", "start"];

/**
 * A sender of a hydrophone's sound begins: 16-bit little-endian samples, channels interleaved, in the layout that `rate=` (Hz),
 * `channels=` and `start=` (ISO 8601) say once. Throws `not_found` where none is sent to it, `unauthorized`, `bad_option`, and
 * `busy` where somebody else sends.
 */
export async function beginSending(
  watch: Watch,
  name: string,
  query: URLSearchParams,
  authorization: string | null,
): Promise<Sending> {
  const token = watch.pushToken(name);
  if (token === undefined) {
    throw new OrcaError("not_found", `Nothing is pushed to the hydrophone ${JSON.stringify(name)}.`, {
      hint: 'In the watch\'s file its entry has "push": {"token": {"env": "NAME"}} in place of an address.',
    });
  }
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (given === undefined || !(await sameSecret(given, token))) {
    const said = given === undefined ? "A token is needed." : "The token is not this hydrophone's.";
    throw new OrcaError("unauthorized", said, { field: "Authorization", hint: "Send Authorization: Bearer TOKEN." });
  }
  const strange = [...query.keys()].find((key) => !KNOWN.includes(key));
  if (strange !== undefined)
    throw new OrcaError("bad_option", `${strange}= is not known.`, {
      field: strange,
      hint: `Use ${KNOWN.join(", ")}.`,
    });
  const number = (field: string) => Number(query.get(field) ?? Number.NaN);
  return watch.pushed(name).begin({ rate: number("rate"), channels: number("channels"), ...startIn(query) });
}

function startIn(query: URLSearchParams): { start?: number } {
  const text = query.get("start");
  if (text === null) return {};
  const start = Date.parse(text);
  if (!Number.isNaN(start)) return { start };
  throw new OrcaError("bad_option", "start= is no time.", { field: "start", hint: "Write 2026-11-28T12:00:00.000Z." });
}

/** Takes what a request sends until it ends. @returns bytes. Throws `too_slow` where nothing comes for 30 s, `bad_option` */
export async function takeSound(sending: Sending, parts: AsyncIterator<Uint8Array>): Promise<number> {
  let bytes = 0;
  let why = "its connection broke";
  try {
    for (;;) {
      const { done, value } = await soon(parts.next());
      if (done) break;
      bytes += value.length;
      await sending.push(value);
    }
    why = "it ended";
    return bytes;
  } catch (thrown) {
    if (thrown instanceof OrcaError) why = thrown.message.replace(/\.$/, "");
    throw thrown;
  } finally {
    sending.end(why);
    void parts.return?.().catch(() => undefined);
  }
}

/** The same over a WebSocket: binary messages, each acknowledged when it is taken, and the text `end`. */
export function takeSoundMessages(sending: Sending, connection: Connection): void {
  let late: ReturnType<typeof setTimeout> | undefined;
  let waiting = 0;
  let taking: Promise<void> = Promise.resolve();
  const leave = (why: string) => {
    clearTimeout(late);
    sending.end(why);
  };
  const fail = (thrown: unknown) => {
    leave(thrown instanceof OrcaError ? thrown.message.replace(/\.$/, "") : "it failed");
    connection.fail(thrown);
  };
  const expect = () => {
    clearTimeout(late);
    late = setTimeout(() => fail(silent()), DEAD);
  };
  connection.gone.addEventListener("abort", () => leave("its connection broke"));
  connection.heard = (data) => {
    expect();
    if (data === "end") {
      void taking.then(() => {
        leave("it ended");
        connection.close();
      });
      return;
    }
    if (!(data instanceof ArrayBuffer)) {
      const hint = "Binary messages are samples, and the text end ends them.";
      fail(new OrcaError("bad_option", "A message was neither samples nor the end of them.", { hint }));
      return;
    }
    const bytes = new Uint8Array(data);
    waiting += bytes.length;
    if (waiting > MOST_AHEAD) {
      const hint = "Wait for the `taken` messages before sending more.";
      fail(new OrcaError("too_large", `${waiting} bytes were sent ahead; ${MOST_AHEAD} may be.`, { hint }));
      return;
    }
    taking = taking.then(async () => {
      if (!connection.open) return;
      await sending.push(bytes);
      waiting -= bytes.length;
      connection.say({ type: "taken", bytes: bytes.length });
    });
    taking.catch(fail);
  };
  expect();
}

const silent = () =>
  new OrcaError("too_slow", `No sound came for ${DEAD / 1000} s.`, { hint: "Sound is sent as it is made." });

/** What comes, if it comes in time. */
async function soon<T>(coming: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(silent()), DEAD);
  try {
    return await Promise.race([coming, late.promise]);
  } finally {
    clearTimeout(timer);
    coming.catch(() => undefined);
  }
}
