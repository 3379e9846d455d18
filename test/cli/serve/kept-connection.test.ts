import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Forwarding } from "../../../src/cli/serve/forward.ts";
import type { WorkerProcess } from "../../../src/cli/serve/workers.ts";

test("a connection that is kept outlives an answer before its request's end: the rest is heard, and the next one answered", async () => {
  const folder = await mkdtemp(join(tmpdir(), "orca-kept-"));
  const socketPath = join(folder, "socket");
  // Answers before it has read the request, as a process does to an option that it does not know.
  const early = createServer((_, answer) => answer.end("early"));
  await once(early.listen(socketPath), "listening");
  const worker = { busy: 0, socketPath } as WorkerProcess;
  const forwarding = new Forwarding(
    () => worker,
    ({ headers }) => headers as Record<string, string>,
  );
  const front = createServer((incoming, outgoing) => void forwarding.forward(incoming, outgoing));
  await once(front.listen(0, "127.0.0.1"), "listening");
  try {
    const { port } = front.address() as AddressInfo;
    const client = connect(port, "127.0.0.1");
    const gone = once(client, "close").then(() => "closed");
    let heard = "";
    client.on("data", (part) => {
      heard += part.toString();
    });
    const answers = async (count: number) => {
      while ((heard.match(/early/g) ?? []).length < count)
        if ((await Promise.race([once(client, "data"), gone])) === "closed") return "closed";
      return count;
    };
    client.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2000000\r\n\r\n");
    client.write(Buffer.alloc(1_000_000));
    expect(await answers(1)).toBe(1);
    client.write(Buffer.alloc(1_000_000));
    client.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(await answers(2)).toBe(2);
    client.destroy();
    await expect.poll(() => worker.busy).toBe(0);
  } finally {
    front.close();
    early.close();
    await rm(folder, { recursive: true, force: true });
  }
});
