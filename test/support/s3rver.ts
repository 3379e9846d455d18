import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";

/**
 * s3rver (npm, MIT), a service that others wrote, where it is installed: `npm install --prefix DIR s3rver`, `ORCA_S3RVER=DIR`. It is
 * no dependency: what it stands on is old. Its objects lie below `folder`.
 */
export async function startS3rver(
  folder: string,
  buckets: readonly string[],
): Promise<{ url: string; close(): void } | undefined> {
  const installed = process.env.ORCA_S3RVER;
  if (installed === undefined) return undefined;
  const port = await freePort();
  // It makes tokens of listings with DES.
  const legacy = "--openssl-legacy-provider";
  const args = ["-d", folder, "-a", "127.0.0.1", "-p", String(port), "--silent"];
  for (const bucket of buckets) args.push("--configure-bucket", bucket);
  const child = spawn(process.execPath, [legacy, join(installed, "node_modules/s3rver/bin/s3rver.js"), ...args], {
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { url, close: () => void child.kill() };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error(`s3rver of ${installed} does not answer.`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
