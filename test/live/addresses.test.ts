import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { isAllowed } from "../../src/live/addresses.ts";
import { hydrophonesFrom, type LiveEvent, type LiveSource, liveSource } from "../../src/live/index.ts";
import { type FakeNode, fakeNode } from "./support/fake-node.ts";
import { following, take } from "./support/follow.ts";
import { tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
const SEGMENTS = tsSegments(4);
const playlist = (node: FakeNode) => ({ url: node.playlistUrl, kind: "url" as const });

/** Another server on this machine that counts who comes. */
async function stranger() {
  const asked: string[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push(`${url} ${headers.authorization ?? ""}`.trim());
    response.end("secret");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${(server.address() as { port: number }).port}`, asked };
}

const redirect = (node: FakeNode, from: string, to: string) =>
  node.instead.set(from, (_, response) => response.writeHead(302, { location: to }).end());

async function refusal(events: AsyncGenerator<LiveEvent>): Promise<string> {
  return take(events, 1).then(String, (thrown: Error) => thrown.message);
}

describe("the last address is the base of what a playlist names", () => {
  test("a playlist that is led on: its segments lie beside it, not beside where it was asked for", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...SEGMENTS);
    node.end();
    redirect(node, "/rpi_test/live.m3u8", new URL(node.playlistUrl).pathname);
    const { events } = following({ url: `${node.url}/live.m3u8`, kind: "url" });
    // The folder's second tells when it began, by the last address as well.
    expect(await take(events, 9)).toEqual([`start ${EPOCH + 2}.000`, ...SEGMENTS.map(() => "segment"), "end"]);
  });

  test("so it is with the playlist that a master playlist names, and with one led on twice", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...SEGMENTS);
    node.end();
    node.put("/lists/deep/master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\naudio.m3u8\n");
    redirect(node, "/master.m3u8", "/lists/deep/master.m3u8");
    redirect(node, "/lists/deep/audio.m3u8", "/again.m3u8");
    redirect(node, "/again.m3u8", node.playlistUrl);
    const { events } = following({ url: new URL("/master.m3u8", node.url).href, kind: "url" });
    expect((await take(events, 9)).slice(1)).toEqual([...SEGMENTS.map(() => "segment"), "end"]);
  });

  test("an address that leads from folder to folder is followed: the new one from its start, with the time between", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...SEGMENTS.slice(0, 2));
    redirect(node, "/rpi_test/live.m3u8", new URL(node.playlistUrl).pathname);
    const { events } = following({ url: `${node.url}/live.m3u8`, kind: "url" });
    await take(events, 2);
    node.begin(EPOCH + 30);
    node.add(...SEGMENTS.slice(0, 2));
    redirect(node, "/rpi_test/live.m3u8", new URL(node.playlistUrl).pathname);
    const seconds = 2 * (SEGMENTS[0]?.seconds ?? 0);
    expect(await take(events, 4)).toEqual([
      `gap restart ${(30 - seconds).toFixed(3)}`,
      `start ${EPOCH + 32}.000`,
      "segment",
      "segment",
    ]);
  });
});

describe("user and password in an address", () => {
  const [USER, PASSWORD] = ["hydro@sea", "p:äß/?secret"];
  const EXPECTED = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  const withUser = (url: string) =>
    url.replace("http://", `http://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@`);
  const parts = (source: LiveSource) => ({ ...source });

  test("are sent as basic authentication, for the list and its segments", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...SEGMENTS);
    node.end();
    const { events } = following(parts(liveSource(withUser(node.playlistUrl), "url")));
    expect(await take(events, 9)).toHaveLength(SEGMENTS.length + 2);
    expect(node.authorizations.length).toBeGreaterThan(SEGMENTS.length);
    expect(node.authorizations.filter((line) => !line.endsWith(EXPECTED))).toEqual([]);
  });

  test("of a node, too; and a playlist may name some for its segments", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...SEGMENTS);
    const lab = hydrophonesFrom(JSON.stringify({ lab: { node: withUser(node.url) } })).get("lab");
    expect(JSON.stringify(lab?.source)).not.toMatch(/secret|hydro/);
    expect(await take(following(parts((lab as { source: LiveSource }).source)).events, 2)).toHaveLength(2);
    expect(node.authorizations.filter((line) => !line.endsWith(EXPECTED))).toEqual([]);
    node.authorizations.length = 0;
    const other = `http://a:b@${new URL(node.url).host}${node.pathOf("live000.ts")}`;
    node.put("/rpi_test/odd.m3u8", `#EXTM3U\n#EXTINF:1.0,\n${other}\n#EXT-X-ENDLIST`);
    await take(following({ url: `${node.url}/odd.m3u8`, kind: "url" }).events, 2);
    expect(node.authorizations.filter((line) => line.includes(".ts"))).toEqual([
      expect.stringMatching(/live000\.ts Basic YTpi$/),
    ]);
  });

  test("go to their own server alone, not where it leads, though that be allowed", async () => {
    const [node, other] = [await fakeNode(EPOCH), await stranger()];
    redirect(node, "/rpi_test/live.m3u8", `http://${other.host}/live.m3u8`);
    const source = liveSource(withUser(`${node.url}/live.m3u8`), "url", [other.host]);
    expect(await refusal(following(parts(source)).events)).toMatch(/begins with "secret"/);
    expect(new Set(other.asked)).toEqual(new Set(["/live.m3u8"]));
    expect(node.authorizations[0]).toBe(`/rpi_test/live.m3u8 ${EXPECTED}`);
  });

  test("are printed nowhere, whatever fails", async () => {
    const node = await fakeNode(EPOCH);
    const said: string[] = [];
    const fail = async (source: () => LiveSource) => {
      try {
        const { events } = following(parts(source()));
        for (let count = 0; count < 3; count++) said.push(JSON.stringify(await events.next()));
      } catch (thrown) {
        said.push(
          `${(thrown as Error).message} ${(thrown as { hint?: string }).hint ?? ""} ${(thrown as Error).cause}`,
        );
      }
    };
    const answers = {
      unauthorized: (_: unknown, response: { writeHead(status: number): { end(): void } }) =>
        response.writeHead(401).end(),
      broken: (_: unknown, response: { destroy(): void }) => response.destroy(),
    };
    for (const answer of Object.values(answers)) {
      node.instead.set("/rpi_test/live.m3u8", answer as never);
      await fail(() => liveSource(withUser(`${node.url}/live.m3u8`), "url"));
    }
    node.instead.clear();
    // What servers send may hold some as well: lists of addresses, and places that they lead to.
    node.put("/rpi_test/live.m3u8", "http://hydro:secret@host.example:8000/stream.mp3\n");
    await fail(() => liveSource(withUser(`${node.url}/live.m3u8`), "url"));
    node.put("/rpi_test/live.m3u8", "#EXTM3U\n#EXTINF:1.0,\nhttp://hydro:secret@:no/a.ts\n");
    await fail(() => liveSource(withUser(`${node.url}/live.m3u8`), "url"));
    redirect(node, "/rpi_test/live.m3u8", "http://hydro:secret@other.example/");
    await fail(() => liveSource(withUser(`${node.url}/live.m3u8`), "url"));
    await fail(() => liveSource("http://hydro:secret@127.0.0.1:1/live.m3u8", "url"));
    await fail(() => liveSource("ftp://hydro:secret@host/", "url"));
    await fail(() => liveSource("http://hydro:sec/ret@sea:x/", "url"));
    await fail(() => liveSource("https://host/", "url", ["hydro:secret@host"]));
    for (const setting of ['{"a": {"url": "http://hydro:secret@host/"}', '{"a": {"url": "ftp://hydro:secret@host/"}}'])
      await fail(() => hydrophonesFrom(setting).get("a")?.source as LiveSource);
    expect(said).toHaveLength(11);
    for (const text of said) expect(text).not.toMatch(/secret|hydro:|hydro%40|p%3A|ret@/);
    expect(said[0]).toMatch(/wants another user and password/);
  });
});

describe("hosts that the operator did not allow are not asked", () => {
  const source = (url: string, hosts: readonly string[] = []): LiveSource => liveSource(url, "url", hosts);

  test.each([
    ["https://cdn.example.org/a.ts", "another host"],
    ["http://ocean.example.org/a.ts", "the same over an open line"],
    ["https://ocean.example.org:8443/a.ts", "another port"],
    ["https://ocean.example.org.evil.example/a.ts", "a name that begins like it"],
    ["https://evil.example/ocean.example.org/", "a path that is like it"],
    ["https://ocean.example.org@evil.example/a.ts", "a user that is like it"],
    ["http://127.0.0.1/", "this machine"],
    ["https://127.0.0.1/", "this machine, in confidence"],
    ["https://0x7f.1/", "this machine, written otherwise"],
    ["https://2130706433/", "this machine, as one number"],
    ["https://[::1]/", "this machine, IPv6"],
    ["https://[::ffff:127.0.0.1]/", "this machine, IPv4 in IPv6"],
    ["https://localhost/", "this machine's name"],
    ["https://10.0.0.7/", "a private network"],
    ["https://192.168.1.1/admin", "a private network's router"],
    ["https://169.254.169.254/latest/meta-data/", "a cloud's own service"],
    ["https://[fd00::1]/", "a private network, IPv6"],
    ["file:///etc/passwd", "a file"],
    ["data:text/plain,x", "itself"],
  ])("%s: %s", (url) => {
    expect(isAllowed(url, source("https://ocean.example.org/live.m3u8"))).toBe(false);
  });

  test("but those that he wrote, in any spelling, on the port that he wrote", () => {
    const listed = source("https://ocean.example.org/live.m3u8", [
      "CDN.example.org",
      "10.0.0.7:8000",
      "edge.example:443",
    ]);
    for (const url of [
      "https://ocean.example.org:443/a.ts",
      "https://OCEAN.example.org/b.ts",
      "https://cdn.EXAMPLE.org/a.ts",
      "https://edge.example/a.ts",
      "https://10.0.0.7:8000/a.ts",
    ])
      expect({ url, allowed: isAllowed(url, listed) }).toEqual({ url, allowed: true });
    for (const url of ["https://10.0.0.7/a.ts", "https://cdn.example.org:8443/a.ts", "http://cdn.example.org/a.ts"])
      expect({ url, allowed: isAllowed(url, listed) }).toEqual({ url, allowed: false });
    // Whoever writes this machine's address means it, and only it.
    const own = source("http://127.0.0.1:8000/live.m3u8");
    expect(isAllowed("http://127.0.0.1:8000/a.ts", own)).toBe(true);
    expect(isAllowed("http://127.0.0.1:8001/a.ts", own)).toBe(false);
    expect(isAllowed("http://localhost:8000/a.ts", own)).toBe(false);
  });

  test.each([
    "https://x.example",
    "x.example/path",
    "user@x.example",
    "x.example?a",
    "x y",
    "",
    "[::1",
    "x.example:port",
  ])("%j is no host", (host) => {
    expect(() => source("https://ocean.example.org/", [host])).toThrow(/is no host/);
    expect(() => hydrophonesFrom(JSON.stringify({ a: { url: "https://x/y", hosts: [host] } }))).toThrow(
      /must be host names/,
    );
  });

  test.each(["{host}/a.ts", "//{host}/a.ts", "http:\\\\{host}\\a.ts", "http://x@{host}/a.ts"])(
    "whether a list, a redirect or a redirect behind a redirect names %s",
    async (form) => {
      const [node, other] = [await fakeNode(EPOCH), await stranger()];
      const address = form.startsWith("{") ? `http://${form}` : form;
      const named = address.replace("{host}", other.host);
      node.add(...SEGMENTS.slice(0, 1));
      node.put("/rpi_test/list.m3u8", `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n${named}\n`);
      expect(await refusal(following({ url: `${node.url}/list.m3u8`, kind: "url" }).events)).toMatch(
        /^gap unreachable/,
      );
      redirect(node, "/rpi_test/one.m3u8", named);
      expect(await refusal(following({ url: `${node.url}/one.m3u8`, kind: "url" }).events)).toMatch(
        /one\.m3u8 leads to another place, which lies on a host that is not this hydrophone's/,
      );
      redirect(node, "/rpi_test/two.m3u8", `${node.url}/one.m3u8`);
      expect(await refusal(following({ url: `${node.url}/two.m3u8`, kind: "url" }).events)).toMatch(/not this/);
      redirect(node, node.pathOf("live000.ts"), named);
      expect(await refusal(following(playlist(node)).events)).toMatch(/^gap unreachable/);
      expect(other.asked).toEqual([]);
    },
  );
});
