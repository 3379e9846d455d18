/**
 * npm run test:folder: ten thousand small recordings with a hundred broken files of every kind among them, as a user who is
 * not root. All good ones must be done, each broken one named with a reason, the exit code 1; and again, "already done".
 * It takes minutes, so it is no part of npm test.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packDefaults } from "../src/cli/models/pack.ts";
import { printable } from "../src/cli/print.ts";
import { wav16 } from "../src/sample/index.ts";
import { BROKEN } from "../test/support/broken.ts";
import { noise } from "../test/support/recordings.ts";
import { thinFolder } from "../test/support/thin-folder.ts";
import { asUser, cannotDrop } from "../test/support/unprivileged.ts";

const FILES = Number(process.argv[2] ?? 10_000);
const BAD = Math.min(105, Math.max(BROKEN.length, Math.floor(FILES / 90)));
const PER_FOLDER = 250;
/** YAMNet's own rate; a second gives one window. */
const RATE = 16_000;
const ENDINGS = ["wav", "WAV", "Wav", "wave"];

if (cannotDrop !== undefined) throw new Error(`This needs another user than root: ${cannotDrop}.`);
const folder = mkdtempSync(join(tmpdir(), "orca-folder-"));
chmodSync(folder, 0o777);
try {
  await thinFolder(join(folder, "models"));
  await packDefaults("yamnet", join(folder, "models"));
  const bad = layOut(join(folder, "card"));
  const good = FILES - bad.length;
  console.log(`${good} good files, ${bad.length} broken ones of ${BROKEN.length} kinds.`);
  for (const [attempt, expected] of [
    ["first", `${good} done, ${bad.length} failed`],
    ["again", `0 done, ${good} already done, ${bad.length} failed`],
  ] as const) {
    const began = performance.now();
    const { status, lines, errors } = await extract();
    const took = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${attempt}: ${took} s, exit code ${status}: ${lines.at(-1)}`);
    const unnamed = bad.filter(
      ({ path, said }) => !errors.some((line) => line.startsWith(`orca-embed: ${path}: `) && said.test(line)),
    );
    const problems = [
      ...(status === 1 ? [] : [`the exit code is ${status}`]),
      ...(lines.at(-1)?.includes(expected) ? [] : [`the last line does not say ${expected}`]),
      ...unnamed.map(({ kind, path }) => `${path} (${kind}) is not named with its reason`),
      ...errors.filter((line) => /Unexpected failure|internal/.test(line)),
      ...(errors.length === bad.length ? [] : [`${errors.length} errors for ${bad.length} files`]),
    ];
    for (const problem of problems) console.error(`FAILED: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
  const results = readdirSync(join(folder, "out"), { recursive: true }).filter((name) =>
    String(name).endsWith(".ndjson"),
  );
  // The manifest is one more.
  if (results.length !== good + 1) {
    console.error(`FAILED: ${results.length - 1} results for ${good} files`);
    process.exitCode = 1;
  }
} finally {
  open(folder);
  rmSync(folder, { recursive: true, force: true });
}

interface Bad {
  readonly kind: string;
  /** As it is printed. */
  readonly path: string;
  readonly said: RegExp;
}

/** The files, the broken ones evenly among the good. */
function layOut(card: string): Bad[] {
  const broken: Bad[] = [];
  mkdirSync(card);
  for (let number = 0; number < FILES; number++) {
    const site = `site-${String(Math.floor(number / PER_FOLDER)).padStart(2, "0")}`;
    if (number % PER_FOLDER === 0) mkdirSync(join(card, site));
    const wav = wav16(noise(RATE, number), RATE);
    const nth = Math.floor(((number + 1) * BAD) / FILES);
    const kind = nth > broken.length ? BROKEN[broken.length % BROKEN.length] : undefined;
    if (kind === undefined) {
      writeFileSync(join(card, site, `good-${number}.${ENDINGS[number % ENDINGS.length]}`), wav);
      continue;
    }
    const name = kind.name(String(broken.length).padStart(3, "0"));
    const path =
      typeof name === "string" ? join(card, site, name) : Buffer.concat([Buffer.from(`${join(card, site)}/`), name]);
    kind.make(path, wav);
    const shown = `card/${site}/${typeof name === "string" ? name : name.toString("latin1")}`;
    broken.push({ kind: kind.kind, path: printable(kind.named?.(shown) ?? shown), said: kind.said });
  }
  return broken;
}

function extract(): Promise<{ status: number | null; lines: string[]; errors: string[] }> {
  const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
  const args = [main, "extract", "card", "--out", "out", "--models", "models", "--jobs", "2"];
  const [command, ...rest] = asUser([process.execPath, ...args]);
  const child = spawn(command as string, rest, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const texts = [child.stdout, child.stderr].map((stream) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    return parts;
  });
  return new Promise((resolve) =>
    child.on("close", (status) => {
      const [lines = [], all = []] = texts.map((parts) => Buffer.concat(parts).toString("utf8").trim().split("\n"));
      resolve({ status, lines, errors: all.filter((line) => line.startsWith("orca-embed: ")) });
    }),
  );
}

/** What was closed is opened, so that it can be taken away by a user who is not root. */
function open(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    chmodSync(join(path, entry.name), 0o755);
    open(join(path, entry.name));
  }
}
