import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  /** What was taken: answered with 200. */
  readonly taken: Received[];
  /** What was refused or left hanging. */
  readonly refused: Received[];
  /** How it answers instead, from now on. */
  instead: ((response: ServerResponse) => void) | undefined;
}

/** A receiver of webhooks on loopback. */
export async function startReceiver(): Promise<Receiver> {
  const receiver = {
    url: "",
    taken: [] as Received[],
    refused: [] as Received[],
    instead: undefined as Receiver["instead"],
  };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => {
      const received = { path: request.url ?? "", headers: request.headers, body };
      if (receiver.instead === undefined) {
        receiver.taken.push(received);
        response.end("thank you");
      } else {
        receiver.refused.push(received);
        receiver.instead(response);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  receiver.url = `http://127.0.0.1:${address.port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}
