import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

interface Options {
  /** Media type. */
  readonly type?: string;
  /** Bytes of sound between two metadata blocks, which are then sent whether or not they were asked for. */
  readonly metaint?: number;
  /** Sent to each listener before anything else: the header pages of an Ogg stream. */
  readonly headers?: Uint8Array;
  /** Bytes of what was sent last that a new listener gets at once. */
  readonly burst?: number;
}

/** A server of sound without an end on loopback, as Icecast is one: what is sent goes to all who listen. */
export class FakeIcecast {
  url = "";
  /** Headers of each request. */
  readonly requests: IncomingHttpHeaders[] = [];
  /** How requests are answered instead, from now on. */
  instead: ((response: ServerResponse) => void) | undefined;
  readonly #listeners = new Map<ServerResponse, { left: number }>();
  readonly #options: Required<Options>;
  #sent = new Uint8Array(0);
  readonly #server = createServer((request, response) => {
    this.requests.push(request.headers);
    if (this.instead !== undefined) this.instead(response);
    else this.#listen(response);
  });

  private constructor(options: Options) {
    this.#options = { type: "audio/mpeg", metaint: 0, headers: new Uint8Array(0), burst: 65_536, ...options };
  }

  static async start(options: Options = {}): Promise<FakeIcecast> {
    const server = new FakeIcecast(options);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    const address = server.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    server.url = `http://127.0.0.1:${address.port}/stream.mp3`;
    return server;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** More sound. @param heard  whether listeners get it; else it is only kept for those who come */
  send(bytes: Uint8Array, heard = true): void {
    const kept = new Uint8Array(this.#sent.length + bytes.length);
    kept.set(this.#sent);
    kept.set(bytes, this.#sent.length);
    this.#sent = kept.slice(-this.#options.burst || kept.length);
    if (heard) for (const [response, state] of this.#listeners) this.#write(response, state, bytes);
  }

  /** All connections break. */
  drop(): void {
    for (const response of this.#listeners.keys()) response.destroy();
    this.#listeners.clear();
  }

  /** What was sent is forgotten: nobody who comes gets any of it. */
  forget(): void {
    this.#sent = new Uint8Array(0);
  }

  #listen(response: ServerResponse): void {
    const { type, metaint, headers } = this.#options;
    response.writeHead(200, {
      "content-type": type,
      "icy-name": "A hydrophone",
      "icy-br": "64",
      ...(metaint > 0 ? { "icy-metaint": String(metaint) } : {}),
    });
    const state = { left: metaint };
    this.#listeners.set(response, state);
    response.once("close", () => this.#listeners.delete(response));
    this.#write(response, state, headers);
    this.#write(response, state, this.#sent);
  }

  #write(response: ServerResponse, state: { left: number }, bytes: Uint8Array): void {
    const { metaint } = this.#options;
    if (metaint === 0) {
      if (bytes.length > 0) response.write(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + state.left);
      response.write(part);
      at += part.length;
      state.left -= part.length;
      if (state.left > 0) continue;
      response.write(block());
      state.left = metaint;
    }
  }
}

/** A metadata block; it holds what would be taken for a frame of MP3. */
function block(): Uint8Array {
  const text = new Uint8Array(1 + 48).fill(0xff, 1);
  text[0] = 3;
  text.set(new TextEncoder().encode("StreamTitle='orcas';"), 1);
  return text;
}

/** What tells when a test is over; one that runs beside others has its own. */
export type Finished = (then: () => void) => void;

/** A server that goes with the test. */
export async function fakeIcecast(options: Options = {}, finished: Finished = onTestFinished): Promise<FakeIcecast> {
  const server = await FakeIcecast.start(options);
  finished(() => server.stop());
  return server;
}
