import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { answers, freePort } from "../src/cli/workerd/process.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";
import { medianOf, type Row, table } from "./support/measure.ts";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const SECONDS = 240;
const STREAMS = 2;

/** Two recordings at the same time: one workerd process, two of them, and one recording alone for comparison. */
export async function benchProcesses(): Promise<void> {
  const wav = wav16(orcaScene(SECONDS), SCENE_RATE);
  const rows: Row[] = [];
  for (const processes of [1, 2]) {
    const port = await freePort();
    const args = [
      main,
      "serve",
      "--processes",
      String(processes),
      "--address",
      `127.0.0.1:${port}`,
      "--engine",
      "kernels",
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    const exited = once(child, "exit");
    try {
      while (!(await answers(`http://127.0.0.1:${port}`))) {
        if (child.exitCode !== null) throw new Error("serve ended");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const url = `http://127.0.0.1:${port}/v1/embeddings?model=yamnet&encoding=base64`;
      const post = async () => (await fetch(url, { method: "POST", body: wav })).text();
      const together = () => Promise.all(Array.from({ length: STREAMS }, post));
      rows.push({ name: `${STREAMS} streams, ${processes} process(es)`, time: await medianOf(3, together) });
      if (processes === 1) rows.push({ name: "1 stream, 1 process", time: await medianOf(3, post) });
    } finally {
      child.kill("SIGINT");
      await exited;
    }
  }
  table(`orca-embed serve: ${SECONDS} s of 48 kHz WAV a stream, YAMNet by the kernels`, "ms", rows);
}
