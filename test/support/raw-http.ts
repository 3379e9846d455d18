import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * A request as its bytes are sent: all of them before anything is read, as many clients do.
 * @param half  closes the sending side when all is sent
 */
export function rawRequest(
  url: string,
  head: string,
  body: Uint8Array = new Uint8Array(0),
  half = false,
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  const [line = "", ...headers] = head.split("\n");
  const names = headers.map((header) => header.split(":")[0]?.toLowerCase());
  const all = [...headers, ...(names.includes("host") ? [] : [`host: ${host}`]), "connection: close"];
  if (body.length > 0 && !names.includes("content-length")) all.push(`content-length: ${body.length}`);
  socket.pause();
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    socket.on("error", reject);
    socket.on("data", (data: Buffer) => parts.push(data));
    socket.on("end", () => {
      socket.destroy();
      const text = Buffer.concat(parts).toString();
      const [top = "", ...rest] = text.split("\r\n\r\n");
      const [status = "", ...lines] = top.split("\r\n");
      resolve({
        status: Number(status.split(" ")[1]),
        headers: new Headers(lines.map((entry) => entry.split(/:\s*(.*)/s).slice(0, 2) as [string, string])),
        body: rest.join("\r\n\r\n"),
      });
    });
    socket.write(`${line} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n`);
    const sent = () => {
      if (half) socket.end();
      socket.resume();
    };
    if (body.length === 0) sent();
    else socket.write(body, sent);
  });
}
