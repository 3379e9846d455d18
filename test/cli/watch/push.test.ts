import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { serveOnLoopback } from "../../../src/cli/loopback-server.ts";
import { stdinSound } from "../../../src/cli/push/stdin-sound.ts";
import { watching } from "../../../src/cli/watch/served.ts";
import { NodeSqlite } from "../../../src/collection/sqlite.node.ts";
import { type Clock, PushedSound, realClock } from "../../../src/live/index.ts";
import { nodeRuntime } from "../../../src/runtime.node.ts";
import { wav16 } from "../../../src/sample/index.ts";
import { Watch, watchConfig } from "../../../src/watch/index.ts";
import { CLI } from "../../support/command-line.ts";
import { seededFolder } from "../../support/test-models.ts";

const [RATE, TOKEN] = [16_000, "token-of-the-lab"];
async function whole(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

/** Noise of so many seconds, 16 bits. */
const noise = (seconds: number) =>
  Buffer.from(Int16Array.from({ length: seconds * RATE }, (_, at) => 8000 * Math.sin(at * at)).buffer);

/** A watch of one hydrophone that is sent its sound, served. */
async function served() {
  const sql = await NodeSqlite.open(":memory:", true);
  const lab = { push: { token: { env: "LAB_TOKEN" } }, variant: "int8", detect: "yamnet:0>0.5" };
  const said: string[] = [];
  const runtime = await nodeRuntime(seededFolder);
  const watch = new Watch(watchConfig(JSON.stringify({ hydrophones: { lab } }), "watch.json"), sql, {
    runtime,
    clock: realClock,
    shelf: undefined,
    paint: () => async () => undefined,
    head: async () => Promise.reject(new Error("no head")),
    labelling: undefined,
    post: async () => Promise.reject(new Error("no network")),
    secret: () => TOKEN,
    now: () => Date.now(),
    say: (line) => void said.push(line),
  });
  const { respond, take } = watching(watch, runtime);
  const server = await serveOnLoopback(0, respond, take);
  const leaving = new AbortController();
  const ran = watch.run(leaving.signal);
  onTestFinished(async () => {
    leaving.abort();
    await ran;
    await server.stop();
    sql.close();
  });
  const state = () => watch.store.hydrophone("lab");
  return { watch, said, url: server.url, state };
}

test("sound that is pushed is watched; a second sender is refused; what was missing between two is a gap with a name", async () => {
  const { watch, url, state } = await served();
  await expect.poll(() => state().message).toBe("Nobody sends its sound.");
  const push = (token: string) => {
    const args = [CLI, "push", "--to", url, "--as", "lab", "--rate", String(RATE), "--channels", "1"];
    const child = spawn(process.execPath, args, { env: { ...process.env, ORCA_PUSH_TOKEN: token } });
    onTestFinished(() => void child.kill("SIGKILL"));
    let said = "";
    child.stderr.on("data", (part) => {
      said += part;
    });
    const exited = once(child, "exit").then(([code]) => ({ code, said }));
    child.stdin.write(noise(3));
    return { stdin: child.stdin, exited };
  };
  const stranger = push("another");
  stranger.stdin.end();
  expect(await stranger.exited).toMatchObject({
    code: 1,
    said: expect.stringContaining("The token is not this hydrophone's."),
  });
  expect(state().heard).toBeUndefined();

  const first = push(TOKEN);
  await expect.poll(() => state().heard, { timeout: 10_000 }).toBeDefined();
  expect(state().state).toBe("live");
  const second = push(TOKEN);
  second.stdin.end();
  expect(await second.exited).toMatchObject({
    code: 2,
    said: expect.stringContaining("Somebody else sends the sound of this hydrophone."),
  });
  first.stdin.end();
  expect((await first.exited).code).toBe(0);
  await expect.poll(() => state().message).toBe("The sender has left: it ended.");
  const third = push(TOKEN);
  third.stdin.end();
  expect((await third.exited).code).toBe(0);
  await expect
    .poll(() => [...watch.store.gaps("lab")])
    .toMatchObject([
      { reason: "disconnected", message: "The sender was away: it ended.", seconds: expect.any(Number) },
    ]);
});

test("WAV on standard input says its own layout, however it is cut; other samples are refused by name", async () => {
  const wav = wav16(Float32Array.from([0.5, -0.5, 0.25]), 22_050);
  async function* inBytes(bytes: Uint8Array, each: number) {
    for (let at = 0; at < bytes.length; at += each) yield bytes.subarray(at, at + each);
  }
  const none = { rate: undefined, channels: undefined };
  for (const each of [1, 7, 1000]) {
    const { rate, channels, samples } = await stdinSound(inBytes(wav, each), none);
    expect([rate, channels, Buffer.concat(await whole(samples)).equals(wav.subarray(44))]).toEqual([22_050, 1, true]);
  }
  const raw = await stdinSound(inBytes(Uint8Array.of(1, 2, 3, 4, 5, 6), 3), { rate: 8000, channels: 1 });
  expect([...Buffer.concat(await whole(raw.samples))]).toEqual([1, 2, 3, 4, 5, 6]);
  await expect(stdinSound(inBytes(Uint8Array.of(1, 2, 3, 4, 5), 3), none)).rejects.toThrow(/is no WAV/);
  await expect(stdinSound(inBytes(new Uint8Array(0), 1), none)).rejects.toMatchObject({ code: "empty_body" });
  const wide = wav.slice();
  wide[34] = 24;
  await expect(stdinSound(inBytes(wide, 9), none)).rejects.toMatchObject({ code: "unsupported_encoding" });
});

test("a listener that comes amid what is sent begins with a whole frame; two hear the same; whoever lags is left behind", async () => {
  let now = 1e12;
  const clock: Clock = { now: () => now, sleep: async () => undefined };
  const pushed = new PushedSound(clock);
  const idle = pushed.follow(new AbortController().signal);
  expect((await idle.next()).value).toMatchObject({ kind: "waiting", waiting: { message: "Nobody sends its sound." } });
  const sending = pushed.begin({ rate: 500_000, channels: 2 });
  expect(() => pushed.begin({ rate: 500_000, channels: 2 })).toThrow(
    "Somebody else sends the sound of this hydrophone.",
  );
  await sending.push(new Uint8Array(4 * 1000 + 1));
  const events = pushed.follow(new AbortController().signal);
  const lagging = pushed.follow(new AbortController().signal, false);
  const started = [events.next(), lagging.next()];
  now += 1000;
  await sending.push(new Uint8Array(7));
  for (const event of started)
    expect((await event).value).toMatchObject({
      kind: "start",
      start: { utc: expect.closeTo(now, 0), source: "arrival" },
      info: { rate: 500_000 },
    });
  const lengths = async (of: typeof events) => [
    (await of.next()).value.bytes.length,
    (await of.next()).value.bytes.length,
  ];
  expect(await lengths(events)).toEqual([44, 4]);
  expect((await idle.next()).value).toMatchObject({ start: { utc: 1e12 } });
  expect(await lengths(idle)).toEqual([44, 4001]);
  expect((await idle.next()).value.bytes.length).toBe(7);

  // Both of these are waited for; the third is not.
  const large = sending.push(new Uint8Array(5 * 2 ** 20));
  const taken = await Promise.all([events.next(), idle.next()]);
  for (const { value } of taken) expect(value.bytes.length).toBe(5 * 2 ** 20);
  await large.catch(() => undefined);
  await expect(lagging.next()).rejects.toMatchObject({ code: "too_slow" });
  sending.end("it lied");
  expect((await events.next()).value).toEqual({ kind: "end" });
  expect((await events.next()).value).toMatchObject({ waiting: { message: "The sender has left: it lied." } });
  now += 2000;
  await pushed.begin({ rate: 500_000, channels: 2 }).push(new Uint8Array(4));
  expect((await events.next()).value).toMatchObject({
    gap: { reason: "disconnected", seconds: 2, message: "The sender was away: it lied." },
  });
});
