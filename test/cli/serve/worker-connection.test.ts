import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WorkerConnection } from "../../../src/cli/serve/worker-connection.ts";
import { sleep } from "../../support/client.ts";

test("an answer is read to its end after the process hung up, however late its client reads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "orca-hung-up-"));
  const path = join(folder, "socket");
  const answer = Buffer.alloc(150_000, "answer ");
  // Says all that it has to say, and goes while there is still something to be taken.
  const server = createServer((socket: Socket) => {
    socket.pause();
    socket.end(answer, () => setTimeout(() => socket.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    const connection = await WorkerConnection.to(path);
    connection.on("error", () => undefined);
    for (let sent = 0; sent < 40; sent++) {
      connection.write(Buffer.alloc(65_536));
      await sleep(10);
    }
    // More than the time in which an answer is expected.
    await sleep(2200);
    const parts: Buffer[] = [];
    for await (const part of connection) parts.push(part as Buffer);
    expect(Buffer.concat(parts).equals(answer)).toBe(true);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
