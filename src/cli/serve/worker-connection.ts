import { Socket, type SocketConstructorOpts } from "node:net";
import { Duplex } from "node:stream";

/** How long an answer is waited for after the other end takes no more (ms); what nobody wants to read yet is not late. */
const ANSWER_WITHIN = 2000;

/** A socket that is not destroyed by a write that fails: what the other end had said before can still be read. */
class ReadableToTheEnd extends Socket {
  readonly #broken: () => void;

  constructor(options: SocketConstructorOpts, broken: () => void) {
    super(options);
    this.#broken = broken;
  }

  override destroy(error?: Error): this {
    if ((error as NodeJS.ErrnoException | undefined)?.syscall !== "write") return super.destroy(error);
    this.#broken();
    return this;
  }
}

/**
 * A connection to a process that may answer before the request has ended, and hang up: workerd does, one second or 64 KiB
 * after an early answer. Node's own socket then fails in the next write and throws the answer away with it. Here what
 * cannot be written is dropped, and the answer read.
 */
export class WorkerConnection extends Duplex {
  readonly #socket: Socket;
  #broken = false;
  #wanted = false;
  #late: NodeJS.Timeout | undefined;

  /** Rejects where nobody listens at `path`. */
  static async to(path: string): Promise<WorkerConnection> {
    const connection = new WorkerConnection();
    await new Promise<void>((resolve, reject) => {
      connection.#socket.once("error", reject);
      connection.#socket.connect({ path }, () => {
        connection.#socket.off("error", reject);
        resolve();
      });
    });
    // However it ends, what has come is read first; whether that was an answer, its reader finds.
    for (const event of ["error", "end", "close"]) connection.#socket.on(event, () => connection.push(null));
    return connection;
  }

  private constructor() {
    super();
    const callback = (count: number, buffer: Uint8Array) => {
      clearTimeout(this.#late);
      this.#wanted = this.push(Buffer.from(buffer.subarray(0, count)));
      return this.#wanted;
    };
    const options = { onread: { buffer: Buffer.alloc(65_536), callback } };
    this.#socket = new ReadableToTheEnd(options, () => this.#hungUp());
  }

  #hungUp(): void {
    this.#broken = true;
    if (this.#wanted) this.#expect();
  }

  #expect(): void {
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.destroy(new Error("it hung up")), ANSWER_WITHIN);
  }

  override _read(): void {
    this.#wanted = true;
    if (this.#broken) this.#expect();
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#broken) done();
    else this.#socket.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    if (this.#broken) done();
    else this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#late);
    this.#socket.destroy();
    done(error);
  }
}
