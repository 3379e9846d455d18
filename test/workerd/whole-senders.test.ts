import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import type { LiveRecord } from "../../src/records/index.ts";
import { health } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";
import { recordsOf } from "../support/records.ts";
import { type Server, serve } from "../support/served.ts";

/** Real clients that send a whole recording before they read: what each prints of the answer's last line. */
const CLIENTS: Readonly<
  Record<string, { needs: readonly string[]; run: (file: string, url: string) => readonly string[] }>
> = {
  requests: {
    needs: ["python3", "-c", "import requests"],
    run: (file, url) => [
      "python3",
      "-c",
      "import requests,sys; r=requests.post(sys.argv[2], data=open(sys.argv[1],'rb')); print(r.text.strip().split('\\n')[-1])",
      file,
      url,
    ],
  },
  httpx: {
    needs: ["python3", "-c", "import httpx"],
    run: (file, url) => [
      "python3",
      "-c",
      "import httpx,sys; r=httpx.post(sys.argv[2], content=open(sys.argv[1],'rb').read(), timeout=60); print(r.text.strip().split('\\n')[-1])",
      file,
      url,
    ],
  },
  urllib: {
    needs: ["python3", "-c", "import urllib.request"],
    run: (file, url) => [
      "python3",
      "-c",
      "import urllib.request as u,sys; r=u.urlopen(u.Request(sys.argv[2], open(sys.argv[1],'rb').read(), {'content-type':'audio/l16'})); print(r.read().decode().strip().split('\\n')[-1])",
      file,
      url,
    ],
  },
  wget: {
    needs: ["wget", "--version"],
    run: (file, url) => ["sh", "-c", `wget -q -O - --post-file="$1" "$2" | tail -n 1`, "sh", file, url],
  },
};
const here = Object.entries(CLIENTS).filter(
  ([
    name,
    {
      needs: [command = "", ...args],
    },
  ]) => {
    const found = spawnSync(command, args).status === 0;
    if (!found) console.warn(`Skipped: ${name} as a client, because it is not on this machine.`);
    return found;
  },
);

describe.skipIf(process.platform !== "linux")("clients that send all before they read", () => {
  const folder = mkdtempSync(join(tmpdir(), "orca-whole-"));
  const recording = join(folder, "forty-minutes.raw");
  // 48 kHz in 16 bits: far more than sockets hold, and so is its answer. Silence takes no place on the disk.
  writeFileSync(recording, "");
  truncateSync(recording, 2400 * 96_000);
  let server: Server | undefined;
  afterAll(async () => {
    server?.child.kill("SIGKILL");
    await server?.exited;
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(here)("%s ends with an answer that is whole, or says what to do; it does not hang", async (_, client) => {
    server ??= await serve(["--processes", "1", "--engine", "kernels", "--var", "IDLE_SECONDS=1"]);
    const url = `${server.url}/v1/embeddings?model=yamnet&pcm=s16le&rate=48000&include=spectrogram`;
    const [command = "", ...args] = client.run(recording, url);
    const { stdout } = await promisify(execFile)(command, args, { timeout: 110_000 });
    const last = JSON.parse(stdout) as { type: string; code?: string; hint?: string };
    if (last.type === "error")
      expect(last).toMatchObject({ code: "too_slow", hint: expect.stringContaining("while you send") });
    else expect(last).toMatchObject({ type: "summary", complete: true });
    await expect.poll(async () => (await health(server?.url ?? "")).streams.active).toBe(0);
  });

  test.skipIf(spawnSync("curl", ["--version"]).status !== 0)("curl -I, -F, -d and -T, as people call it", async () => {
    server ??= await serve(["--processes", "1", "--engine", "kernels", "--var", "IDLE_SECONDS=1"]);
    const wav = join(folder, "20240501T120000Z.wav");
    writeFileSync(wav, sceneWav(1));
    const url = `${server.url}/v1/embeddings?model=yamnet&encoding=base64`;
    const curl = async (...args: string[]) =>
      (await promisify(execFile)("curl", ["-sS", "--max-time", "60", ...args, url])).stdout;
    // Let go at once, with what it takes.
    expect(await curl("-I")).toMatch(/^HTTP\/1\.1 405 .*\r\nallow: POST\r\n/is);
    const records = async (...args: string[]) => recordsOf(await curl(...args));
    const embeddings = (all: readonly LiveRecord[]) =>
      all.flatMap((one) => (one.type === "window" ? [one.embedding] : []));
    const [header, ...windows] = await records("-F", `file=@${wav}`);
    expect(header).toMatchObject({ start: { utc: "2024-05-01T12:00:00.000Z" } });
    expect(embeddings(windows)).toHaveLength(2);
    for (const whole of [await records("-T", wav, "-X", "POST"), await records("--data-binary", `@${wav}`)])
      expect(embeddings(whole)).toEqual(embeddings(windows));
    expect(JSON.parse(await curl("-d", `@${wav}`))).toMatchObject({ hint: expect.stringContaining("--data-binary") });
    await expect.poll(async () => (await health(server?.url ?? "")).streams.active).toBe(0);
  });
});
