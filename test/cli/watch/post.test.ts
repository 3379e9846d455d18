import { describe, expect, test } from "vitest";
import { post } from "../../../src/cli/watch/post.ts";
import { isPrivate, isPrivateHost, type Posting } from "../../../src/watch/index.ts";
import { startReceiver } from "../../watch/support/receiver.ts";

const never = new AbortController().signal;
const to = (url: string): Posting => ({ method: "POST", url, headers: { "idempotency-key": "k" }, body: '{"a":"é"}' });

test.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.31.0.1", true],
  ["172.32.0.1", false],
  ["192.168.1.1", true],
  ["169.254.169.254", true],
  ["100.64.0.1", true],
  ["0.0.0.0", true],
  ["8.8.8.8", false],
  ["::1", true],
  ["::ffff:10.0.0.1", true],
  ["::ffff:8.8.8.8", false],
  ["fe80::1", true],
  ["fd00::1", true],
  ["2606:4700::1111", false],
])("%s is private: %s", (address, expected) => expect(isPrivate(address)).toBe(expected));

test("a host is private by itself: by number, by a name of this machine", () => {
  const hosts = [
    "http://127.1/",
    "http://[::ffff:10.0.0.1]/",
    "http://0x7f000001/",
    "http://localhost./",
    "http://a.localhost/",
  ];
  expect(hosts.map((url) => isPrivateHost(new URL(url).hostname))).toEqual(hosts.map(() => true));
  expect(
    ["http://example.org/", "http://8.8.8.8/", "http://[2606:4700::1]/"].map((url) =>
      isPrivateHost(new URL(url).hostname),
    ),
  ).toEqual([false, false, false]);
});

describe("a receiver on a private address", () => {
  test.each([
    "http://127.0.0.1:9/",
    "http://[::1]:9/",
    "http://localhost:9/",
    "http://[::ffff:127.0.0.1]:9/",
    "http://2130706433:9/",
  ])("%s is refused before anything is sent, unless it is allowed", async (url) => {
    await expect(post(to(url), 1000, never, false)).rejects.toMatchObject({
      code: "host_refused",
      message: expect.stringContaining("where nothing is sent"),
    });
  });

  test("where it is allowed, it gets the message whole", async () => {
    const receiver = await startReceiver();
    expect(await post(to(`${receiver.url}/a`), 1000, never, true)).toEqual({
      status: 200,
      text: "thank you",
      retryAfter: undefined,
    });
    expect(receiver.taken).toMatchObject([{ path: "/a", body: '{"a":"é"}', headers: { "idempotency-key": "k" } }]);
  });
});

test("a redirect is an answer, and is not followed; one that hangs is given up; a long answer is cut", async () => {
  const receiver = await startReceiver();
  receiver.instead = (response) =>
    response.writeHead(307, { location: `${receiver.url}/other`, "retry-after": "7" }).end();
  expect(await post(to(receiver.url), 1000, never, true)).toMatchObject({ status: 307, retryAfter: 7 });
  expect(receiver.refused).toHaveLength(1);
  receiver.instead = () => undefined;
  await expect(post(to(receiver.url), 100, never, true)).rejects.toThrow(
    /127\.0\.0\.1:\d+ did not answer within 0\.1 s/,
  );
  receiver.instead = (response) => response.writeHead(500).end("x".repeat(1e6));
  expect((await post(to(receiver.url), 1000, never, true)).text).toHaveLength(200);
});
