import { type ClientRequest, request as plain } from "node:http";
import { request as secure } from "node:https";
import { problemIn } from "../../records/problems.ts";
import { HELD, type Line, MOST_WAITING, STANDSTILL, stoodStill } from "./line.ts";

/** Sound as the body of one request. */
export class PostLine implements Line {
  failed: unknown;
  readonly #began = Date.now();
  readonly #request: ClientRequest;
  readonly #answered: Promise<void>;

  constructor(url: string, token: string) {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
    this.#request = (url.startsWith("https:") ? secure : plain)(url, { method: "POST", headers });
    this.#answered = new Promise((resolve) => {
      const over = (why: unknown) => {
        this.failed ??= why;
        this.#request.destroy();
        resolve();
      };
      this.#request.on("error", over);
      this.#request.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("error", over);
        response.on("end", () => {
          const { statusCode: status = 0 } = response;
          if (status === 200) resolve();
          else void problemIn(new Response(text, { status })).then(over);
        });
      });
    });
  }

  get old(): boolean {
    return Date.now() - this.#began > HELD;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.failed !== undefined) return;
    if (this.#request.write(bytes) || this.#request.writableLength < MOST_WAITING) return;
    const late = setTimeout(() => this.#request.destroy(stoodStill()), STANDSTILL);
    await Promise.race([this.#answered, new Promise<void>((resolve) => this.#request.once("drain", resolve))]);
    clearTimeout(late);
  }

  async end(): Promise<unknown> {
    this.#request.end();
    await this.#answered;
    return this.failed;
  }
}
