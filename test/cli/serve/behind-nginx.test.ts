import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KeptProcess } from "../../../src/cli/workerd/kept-process.ts";
import { freePort } from "../../../src/cli/workerd/process.ts";
import { sleep } from "../../support/client.ts";
import { noise } from "../../support/recordings.ts";
import { type Server, serve } from "../../support/served.ts";

const HOST = "sound.example.org";
const NEEDED = [
  ["nginx", "-v"],
  ["curl", "--version"],
  ["openssl", "version"],
] as const;
const missing = NEEDED.filter(([command, ask]) => spawnSync(command, [ask]).status !== 0).map(([command]) => command);
if (missing.length > 0) console.warn(`Skipped: serve behind nginx, because ${missing.join(", ")} is not here.`);

describe.skipIf(missing.length > 0)("behind nginx with deploy/nginx.conf, which ends TLS", () => {
  let folder = "";
  let server: Server;
  let nginx: KeptProcess;
  let port = 0;
  const curl = (...args: readonly string[]) => {
    const all = ["-sS", "--no-progress-meter", "-N", "-k", "--resolve", `${HOST}:${port}:127.0.0.1`, ...args];
    return spawn("curl", all, { stdio: ["pipe", "pipe", "inherit"] });
  };
  const read = async (...args: readonly string[]) => {
    let text = "";
    for await (const part of curl(...args).stdout) text += part;
    return text;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "orca-nginx-"));
    server = await serve(
      ["--processes", "1", "--engine", "kernels"].concat("--var", "BEHIND_PROXY=1", "--var", `ALLOWED_HOSTS=${HOST}`),
    );
    port = await freePort();
    const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
    const asked = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${HOST}`];
    expect(spawnSync("openssl", [...asked, "-keyout", key, "-out", certificate]).status).toBe(0);
    const published = await readFile(fileURLToPath(new URL("../../../deploy/nginx.conf", import.meta.url)), "utf8");
    const block = published
      .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
      .replace(`/etc/ssl/${HOST}.pem`, certificate)
      .replace(`/etc/ssl/${HOST}.key`, key)
      .replace("http://127.0.0.1:8787", server.url);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(" ");
    // Of a server that presses everything else.
    const settings =
      `pid ${folder}/pid; error_log ${folder}/error.log; daemon off; worker_processes 1; events {}\n` +
      `http { access_log off; gzip on; gzip_types *; ${temporary}\n${block}\n}\n`;
    await writeFile(join(folder, "nginx.conf"), settings);
    nginx = new KeptProcess("nginx", ["-c", join(folder, "nginx.conf")], { stderr: "ignore" });
    const ready = `https://${HOST}:${port}/readyz`;
    for (
      let tries = 0;
      spawnSync("curl", ["-sfk", "--resolve", `${HOST}:${port}:127.0.0.1`, ready]).status !== 0;
      tries++
    ) {
      if (tries > 100) throw new Error(await readFile(join(folder, "error.log"), "utf8"));
      await sleep(50);
    }
  });
  afterAll(async () => {
    await nginx?.stop();
    server?.child.kill("SIGKILL");
    await server?.exited;
    if (folder !== "") await rm(folder, { recursive: true, force: true });
  });

  test("windows come back while curl still sends, and its client accepts gzip", async () => {
    const url = `https://${HOST}:${port}/v1/embeddings?model=yamnet&pcm=f32le&rate=16000&encoding=base64`;
    // "." for standard input, which curl would wait for with "-" and read no answer meanwhile.
    const client = curl("-X", "POST", "-T", ".", "-H", "accept-encoding: gzip", url);
    const types: string[] = [];
    client.stdin.write(new Uint8Array(noise(32_000, 1).buffer));
    for await (const line of createInterface({ input: client.stdout })) {
      types.push((JSON.parse(line) as { type: string }).type);
      // Nothing more is sent before a window has come.
      if (types.length === 2) client.stdin.end(new Uint8Array(noise(16_000, 2).buffer));
    }
    expect(types.slice(0, 2)).toEqual(["header", "window"]);
    expect(types.at(-1)).toBe("summary");
    await once(client, "close").catch(() => undefined);
  });

  test("the page's own scripts are served, which say their origin; another origin's are not", async () => {
    const status = (origin: string) =>
      read("-o", "/dev/null", "-w", "%{http_code}", "-H", `origin: ${origin}`, `https://${HOST}:${port}/v1/models`);
    expect(await status(`https://${HOST}:${port}`)).toBe("200");
    expect(await status("https://evil.example")).toBe("403");
  });

  test("another name is refused, its own is not; a WebSocket is let through", async () => {
    const other = ["--resolve", `evil.example:${port}:127.0.0.1`, "-o", "/dev/null", "-w", "%{http_code}"];
    expect(await read(...other, `https://evil.example:${port}/v1/models`)).toBe("421");
    expect(await read("-o", "/dev/null", "-w", "%{http_code}", `https://${HOST}:${port}/v1/models`)).toBe("200");
    const socket = connect({ port, host: "127.0.0.1", servername: HOST, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const head = [
      "GET /v1/embeddings?model=yamnet HTTP/1.1",
      `host: ${HOST}`,
      "connection: upgrade",
      "upgrade: websocket",
    ];
    const keys = ["sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="];
    socket.write(`${[...head, ...keys].join("\r\n")}\r\n\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 101 /);
    socket.destroy();
  });
});
