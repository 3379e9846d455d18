import { connect, type Socket } from "node:net";

/** A WebSocket whose frames the test makes, right or wrong (RFC 6455, 5.2). */
export class RawSocket {
  readonly socket: Socket;
  /** The status line's number. */
  readonly status: number;
  /** All bytes behind the answer's head. */
  #heard: Buffer;
  readonly closed: Promise<void>;

  private constructor(socket: Socket, status: number, rest: Buffer, closed: Promise<void>) {
    this.socket = socket;
    this.status = status;
    this.closed = closed;
    this.#heard = rest;
    socket.on("data", (data: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, data]);
    });
  }

  /** Asks for an upgrade at `url` (ws: or http:). @param key  false leaves Sec-WebSocket-Key away */
  static open(url: string, { key = true, headers = "" } = {}): Promise<RawSocket> {
    const { hostname, port, host, pathname, search } = new URL(url);
    const socket = connect(Number(port), hostname);
    const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
    socket.on("error", () => undefined);
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      `host: ${host}`,
      "connection: upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      ...(key ? ["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="] : []),
    ];
    socket.write(`${lines.join("\r\n")}\r\n${headers}\r\n`);
    return new Promise((resolve, reject) => {
      let head: Buffer = Buffer.alloc(0);
      const read = (data: Buffer) => {
        head = Buffer.concat([head, data]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        socket.off("data", read);
        resolve(new RawSocket(socket, Number(head.toString("latin1").split(" ")[1]), head.subarray(end + 4), closed));
      };
      socket.on("data", read);
      socket.once("close", () => reject(new Error("closed before an answer")));
    });
  }

  /** Sends a frame. @param opcode  1 text, 2 binary, 8 close; 3 to 7 and 11 to 15 are reserved */
  send(opcode: number, payload: Uint8Array): void {
    const length = payload.length;
    const head = Buffer.alloc(length < 126 ? 6 : length < 65536 ? 8 : 14);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (length < 126 ? length : length < 65536 ? 126 : 127);
    if (length >= 65536) head.writeBigUInt64BE(BigInt(length), 2);
    else if (length >= 126) head.writeUInt16BE(length, 2);
    // A mask of zeros leaves the payload as it is.
    this.socket.write(head);
    this.socket.write(payload);
  }

  /** The frames that have come, whole ones, as far as they have been read. */
  frames(): { opcode: number; payload: Buffer }[] {
    const found: { opcode: number; payload: Buffer }[] = [];
    for (let at = 0; at + 2 <= this.#heard.length; ) {
      const [first = 0, second = 0] = this.#heard.subarray(at, at + 2);
      let length = second & 127;
      let from = at + 2;
      if (length === 126) {
        length = this.#heard.readUInt16BE(from);
        from += 2;
      } else if (length === 127) {
        length = Number(this.#heard.readBigUInt64BE(from));
        from += 8;
      }
      if (from + length > this.#heard.length) break;
      found.push({ opcode: first & 15, payload: this.#heard.subarray(from, from + length) });
      at = from + length;
    }
    return found;
  }

  /** The code and the reason of the close frame, once it has come. */
  get closing(): { code: number; reason: string } | undefined {
    const frame = this.frames().find(({ opcode }) => opcode === 8);
    return frame && { code: frame.payload.readUInt16BE(0), reason: frame.payload.subarray(2).toString() };
  }
}
