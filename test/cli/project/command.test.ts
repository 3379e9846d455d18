import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLI } from "../../support/command-line.ts";
import { type Experiment, readBundle } from "../../support/projector-reader.ts";
import { sceneWav } from "../../support/recordings.ts";
import { lightFolder } from "../../support/test-models.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-project-"));
  mkdirSync(join(folder, "training/night"), { recursive: true });
  writeFileSync(join(folder, "scene.wav"), sceneWav(8));
  writeFileSync(join(folder, "training/dusk.wav"), sceneWav(4));
  writeFileSync(join(folder, "training/night/dawn.wav"), sceneWav(5));
  // The scene's first call is from 1.2 s to 2.5 s.
  writeFileSync(
    join(folder, "training/labels.csv"),
    "file,start,end,label,pod\ndusk.wav,1.2,2.5,S01,J\ndawn.wav,1.2,2.5,S16,K\n",
  );
  writeFileSync(
    join(folder, "scene.selections.txt"),
    "Selection\tBegin Time (s)\tEnd Time (s)\tCall Type\n1\t1.2\t2.5\tS01\n2\t4.3\t5.6\tS04\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs orca-embed project in the folder. */
function run(...args: string[]) {
  const all = [CLI, "project", ...args, "--models", lightFolder];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

const bundle = (out: string): Experiment[] => readBundle((path) => readFileSync(join(folder, out, path)));

describe("orca-embed project", () => {
  test("a recording, all models, a Raven table: one config, three experiments, nothing else left", () => {
    const { status, stdout, stderr } = run("scene.wav", "--labels", "scene.selections.txt", "--out", "out");
    expect(stderr).toContain("no learned meaning");
    expect(status).toBe(0);
    // 8 s: 8 windows of 0.96 s, 1 + ceil((128,000 - 15,600) / 7,680), and 3 of 3.84 s.
    expect(stdout).toContain("humpback: 3 windows\nvggish: 8 windows\nyamnet: 16 windows\n");
    const experiments = bundle("out");
    expect(experiments.map(({ name, tensors }) => [name, tensors.length, tensors[0]?.length])).toEqual([
      ["humpback (seeded weights)", 3, 256],
      ["vggish (seeded weights)", 8, 128],
      ["yamnet (seeded weights)", 16, 1024],
    ]);
    for (const { warnings } of experiments) expect(warnings).toEqual([]);
    const [humpback, vggish, yamnet] = experiments as [Experiment, Experiment, Experiment];
    expect(vggish.metadata.columns).toEqual(["file", "window", "start", "end", "rms", "Selection", "Call Type"]);
    expect(vggish.metadata.rows.map((row) => row["Call Type"])).toEqual([
      null,
      "S01",
      "S01",
      null,
      "S04",
      "S04",
      null,
      null,
    ]);
    expect(yamnet.metadata.columns).toContain("top_class");
    expect(humpback.metadata.columns).toContain("top_score");
    expect(humpback.metadata.columns).not.toContain("top_class");
    // The call is louder than the sea before it.
    expect(Number(vggish.metadata.rows[1]?.rms)).toBeGreaterThan(3 * Number(vggish.metadata.rows[0]?.rms));
    expect(readdirSync(join(folder, "out")).sort()).toEqual([
      "README.txt",
      "humpback",
      "projector_config.json",
      "projector_config.pbtxt",
      "vggish",
      "yamnet",
    ]);
    for (const model of ["vggish", "yamnet", "humpback"]) {
      expect(readdirSync(join(folder, "out", model)).sort()).toEqual(["metadata.tsv", "sprite.png", "tensors.tsv"]);
    }
  });

  test("a folder of recordings with its labels", () => {
    const { status, stderr } = run("training", "--labels", "training/labels.csv", "--model", "vggish", "--out", "set");
    expect(status).toBe(0);
    expect(stderr).toContain("Labels: for 2 of 2 recordings.");
    const [{ metadata }] = bundle("set") as [Experiment];
    expect(metadata.rows.map(({ file, label, pod }) => [file, label, pod])).toEqual([
      ["dusk.wav", null, null],
      ["dusk.wav", "S01", "J"],
      ["dusk.wav", "S01", "J"],
      ["dusk.wav", null, null],
      ["dawn.wav", null, null],
      ["dawn.wav", "S16", "K"],
      ["dawn.wav", "S16", "K"],
      ["dawn.wav", null, null],
      ["dawn.wav", null, null],
    ]);
  });

  test("few points in parts, small pictures, chosen columns, addresses, class names", () => {
    const classes = `index,mid,display_name\n${Array.from({ length: 521 }, (_, at) => `${at},/m/${at},"Class, ${at}"`).join("\n")}\n`;
    writeFileSync(join(folder, "classes.csv"), classes);
    const options = [
      "--split",
      "--max-points",
      "6",
      "--thumbnail",
      "16",
      "--columns",
      "top_class",
      "--classes",
      "classes.csv",
    ];
    const { status } = run(
      "scene.wav",
      "--model",
      "yamnet",
      ...options,
      "--base-url",
      "https://example.org/b",
      "--out",
      "parts",
    );
    expect(status).toBe(0);
    const config = JSON.parse(readFileSync(join(folder, "parts/projector_config.json"), "utf8"));
    expect(config.embeddings.map(({ tensorPath }: { tensorPath: string }) => tensorPath)).toEqual(
      [1, 2, 3].map((part) => `https://example.org/b/yamnet-${part}/tensors.tsv`),
    );
    const experiments = readBundle((path) =>
      readFileSync(join(folder, "parts", path.replace("https://example.org/b/", ""))),
    );
    expect(experiments.map(({ tensors, side, warnings }) => [tensors.length, side, warnings])).toEqual([
      [5, 16, []],
      [5, 16, []],
      [6, 16, []],
    ]);
    expect(experiments[0]?.metadata.columns).toEqual(["label"]);
    expect(experiments[0]?.metadata.rows[0]?.label).toMatch(/^Class, \d+$/);
  });

  test("where nothing can be written: exit code 2 before the work, 1 once it has begun", () => {
    const before = run("scene.wav", "--model", "vggish", "--out", "scene.wav/bundle");
    expect(before.status).toBe(2);
    expect(before.stderr).toContain("scene.wav/bundle cannot be written to: a part of the path is no folder.");
    mkdirSync(join(folder, "blocked"));
    writeFileSync(join(folder, "blocked/vggish"), "a file where a folder should be");
    const after = run("scene.wav", "--model", "vggish", "--out", "blocked");
    expect(after.status).toBe(1);
    expect(after.stderr).toContain("blocked cannot be written to: ");
  });

  test("one bad file is told, and does not cost the others their place", () => {
    writeFileSync(join(folder, "notes.wav"), "These are notes, not a recording.");
    const { status, stderr } = run("notes.wav", "scene.wav", "--model", "vggish", "--out", "mixed");
    expect(status).toBe(1);
    expect(stderr).toContain("notes.wav: The input is text (byte 0), not audio.");
    expect(bundle("mixed")[0]?.tensors.length).toBe(8);
  });

  test.each([
    [["absent.wav"], "absent.wav: there is no such file."],
    [["scene.wav", "--thumbnail", "4"], "--thumbnail 4 is not a whole number from 8 to 128."],
    [["scene.wav", "--max-points", "1"], "--max-points 1 is not a whole number"],
    [["scene.wav", "--labels", "absent.csv"], "--labels absent.csv cannot be read"],
    [["scene.wav", "--labels", "training/labels.csv"], "No label is of any of the recordings: dusk.wav, dawn.wav"],
    [["training", "--labels", "scene.selections.txt"], "The labels do not say which of 2 recordings they are of."],
    [["scene.wav", "--base-url", "here"], "--base-url here is not an address."],
  ])("%s is refused in a sentence", (args, sentence) => {
    const { status, stderr } = run(...args, "--out", "refused");
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });

  test("--serve gives the link, serves what the projector asks for, and stops when told", async () => {
    const args = [
      CLI,
      "project",
      "scene.wav",
      "--model",
      "vggish",
      "--serve",
      "--out",
      "served",
      "--models",
      lightFolder,
    ];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    let said = "";
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.includes("Ctrl-C stops.")) break;
    }
    const link = /Open (\S+)/.exec(said)?.[1] ?? "";
    expect(link).toMatch(
      /^https:\/\/projector\.tensorflow\.org\/\?config=http%3A%2F%2F127\.0\.0\.1%3A\d+%2Fprojector%2Fserved%2F/,
    );
    const config = new URL(link).searchParams.get("config") as string;
    const { embeddings } = (await (await fetch(config)).json()) as { embeddings: { tensorPath: string }[] };
    const tensors = await fetch(embeddings[0]?.tensorPath as string, { headers: { range: "bytes=0-9" } });
    expect([tensors.status, tensors.headers.get("access-control-allow-origin")]).toEqual([206, "*"]);
    expect(await tensors.text()).toBe(readFileSync(join(folder, "served/vggish/tensors.tsv"), "utf8").slice(0, 10));
    child.kill("SIGINT");
    expect(await exited).toEqual([0, null]);
  });
});
