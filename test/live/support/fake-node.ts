import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { etagOf, type Handler } from "../../support/file-server.ts";

export interface FakeSegment {
  readonly bytes: Uint8Array;
  readonly seconds: number;
  /** Lines of the playlist before its EXTINF. */
  readonly tags?: readonly string[];
}

/**
 * A hydrophone on loopback that publishes as an Orcasound node does (orcanode, node/stream.sh): latest.txt, and for each
 * folder a playlist that ffmpeg's segment muxer writes, growing. Files are served with validators, as S3 does it.
 */
export class FakeNode {
  /** Folder of latest.txt and hls/. */
  url = "";
  /** Answers of the server in order: `STATUS PATH`. */
  readonly answers: string[] = [];
  /** What a path answers with instead of what it holds. */
  readonly instead = new Map<string, Handler | undefined>();
  /** When a path was written, ms since 1970: its Last-Modified. */
  readonly written = new Map<string, number>();
  /** Headers of requests, in order: `PATH AUTHORIZATION`. */
  readonly authorizations: string[] = [];
  readonly #files = new Map<string, Uint8Array>();
  #epoch = 0;
  #listed: { name: string; seconds: number; tags: readonly string[] }[] = [];
  /** The first media sequence number that the playlist still lists. */
  #first = 0;
  #ended = false;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(epoch: number): Promise<FakeNode> {
    const node = new FakeNode();
    node.#server.listen(0, "127.0.0.1");
    await once(node.#server, "listening");
    const address = node.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    node.url = `http://127.0.0.1:${address.port}/rpi_test`;
    node.begin(epoch);
    return node;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get playlistUrl(): string {
    return `${this.url}/hls/${this.#epoch}/live.m3u8`;
  }

  pathOf(name: string): string {
    return `/rpi_test/hls/${this.#epoch}/${name}`;
  }

  /** A new folder, as after a restart. */
  begin(epoch: number): void {
    this.#epoch = epoch;
    this.#listed = [];
    this.#first = 0;
    this.#ended = false;
    this.#files.set("/rpi_test/latest.txt", text(`${epoch}\n`));
  }

  /** The next segments; a path that has something `instead` is listed all the same. */
  add(...segments: readonly FakeSegment[]): void {
    for (const { bytes, seconds, tags = [] } of segments) {
      const name = `live${String(this.#first + this.#listed.length).padStart(3, "0")}.ts`;
      this.#files.set(this.pathOf(name), bytes);
      this.#listed.push({ name, seconds, tags });
    }
    this.#write();
  }

  /** The next segment gets this number. */
  countFrom(number: number): void {
    this.#first = number - this.#listed.length;
    this.#write();
  }

  /** All files of the folder are deleted, its playlist too. */
  empty(): void {
    for (const path of [...this.#files.keys()]) if (path.startsWith(this.pathOf(""))) this.#files.delete(path);
  }

  /** The playlist forgets its first `count` segments. */
  slide(count: number): void {
    this.#listed.splice(0, count);
    this.#first += count;
    this.#write();
  }

  end(): void {
    this.#ended = true;
    this.#write();
  }

  /** A file of any name. */
  put(path: string, file: Uint8Array | string): void {
    this.#files.set(path, typeof file === "string" ? text(file) : file);
  }

  playlist(count = this.#listed.length): string {
    const listed = this.#listed.slice(0, count);
    const target = Math.ceil(Math.max(1, ...listed.map(({ seconds }) => seconds)));
    return [
      "#EXTM3U",
      "#EXT-X-VERSION:3",
      `#EXT-X-MEDIA-SEQUENCE:${this.#first}`,
      "#EXT-X-ALLOW-CACHE:YES",
      `#EXT-X-TARGETDURATION:${target}`,
      ...listed.flatMap(({ name, seconds, tags }) => [...tags, `#EXTINF:${seconds.toFixed(6)},`, name]),
      ...(this.#ended ? ["#EXT-X-ENDLIST"] : []),
      "",
    ].join("\n");
  }

  /** How often a path was answered so. */
  count(answer: RegExp): number {
    return this.answers.filter((line) => answer.test(line)).length;
  }

  #write(): void {
    this.#files.set(this.pathOf("live.m3u8"), text(this.playlist()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? "", "http://node").pathname;
    response.once("close", () => this.answers.push(`${response.statusCode} ${path}`));
    this.authorizations.push(`${path} ${request.headers.authorization ?? ""}`.trim());
    const written = this.written.get(path);
    if (written !== undefined) response.setHeader("last-modified", new Date(written).toUTCString());
    const instead = this.instead.get(path);
    if (instead !== undefined) {
      instead(request, response);
      return;
    }
    const file = this.#files.get(path);
    if (file === undefined) response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
    else if (request.headers["if-none-match"] === etagOf(file)) response.writeHead(304).end();
    else response.writeHead(200, { etag: etagOf(file), "content-length": String(file.length) }).end(file);
  }
}

/** A node that goes with the test. */
export async function fakeNode(epoch: number): Promise<FakeNode> {
  const node = await FakeNode.start(epoch);
  onTestFinished(() => node.stop());
  return node;
}

const text = (content: string) => new TextEncoder().encode(content);
