import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sceneWav } from "../../support/recordings.ts";
import { thinFolder } from "../../support/thin-folder.ts";
import { asNobody, cannotDrop, openFolder, smallDisk } from "../../support/unprivileged.ts";

const wav = sceneWav(1);
const longer = sceneWav(20);
const { folder, remove } = openFolder("orca-disks-");
const at = (...names: string[]) => join(folder, ...names);
const models = at("models");

beforeAll(async () => {
  await thinFolder(models);
});
afterAll(remove);

const extract = (...args: string[]) => asNobody(["extract", ...args, "--models", models], folder);

/** Files by their paths, in a folder of their own that everybody may read. */
function laid(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(at(name, path, ".."), { recursive: true });
    writeFileSync(at(name, path), bytes);
  }
  return name;
}

describe.skipIf(cannotDrop !== undefined)("as a user who is not root", () => {
  test("folders and files that may not be read are named and passed over, and the run goes on", async () => {
    laid("card", { "a.wav": wav, "sub/b.WAV": wav, "lost+found/c.wav": wav, "closed.wav": wav, "blind/d.wav": wav });
    chmodSync(at("card/lost+found"), 0o700);
    chmodSync(at("card/closed.wav"), 0o600);
    chmodSync(at("card/blind"), 0o744);
    const first = await extract("card", "--out", "read");
    expect(first.status).toBe(1);
    const errors = first.stderr
      .split("\n")
      .filter((line) => line.startsWith("orca-embed:"))
      .sort();
    expect(errors).toEqual([
      "orca-embed: card/blind/d.wav: It cannot be read: permission is denied.",
      "orca-embed: card/closed.wav: It cannot be read: permission is denied.",
      "orca-embed: card/lost+found: It cannot be read: permission is denied.",
    ]);
    expect(first.stdout).toContain("5 results: 2 done, 3 failed (unreadable 3); ");
    const again = await extract("card", "--out", "read");
    expect(again.status).toBe(1);
    expect(again.stdout).toContain("5 results: 0 done, 2 already done, 3 failed (unreadable 3)");
    // Where nothing else is there it is said at once.
    const alone = await extract("card/lost+found", "--out", "none");
    expect(alone).toMatchObject({ status: 2, stdout: "" });
    expect(alone.stderr).toContain("card/lost+found: It cannot be read: permission is denied.");
  });

  test("a folder that may not be written to: one sentence, nothing begun", async () => {
    laid("few", { "a.wav": wav, "b.wav": wav });
    mkdirSync(at("theirs"));
    chmodSync(at("theirs"), 0o755);
    const { status, stdout, stderr } = await extract("few", "--out", "theirs/results");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.trim().split("\n").at(-1)).toBe(
      "orca-embed: theirs/results cannot be written to: permission is denied. Give a folder that this user may write to.",
    );
    // So where the folder is a file.
    const onto = await extract("few", "--out", "few/a.wav");
    expect(onto.status).toBe(2);
    expect(onto.stderr).toMatch(
      /orca-embed: few\/a\.wav cannot be written to: (it is there already|a part of the path is no folder)\./,
    );
  });

  test("a disk that is full stops the run at once, and the same command goes on when there is room", async () => {
    const disk = smallDisk(at("full"), 80);
    if (disk === undefined) return console.warn("Skipped: a full disk, because this user may not mount one.");
    try {
      laid("many", Object.fromEntries(Array.from({ length: 4 }, (_, one) => [`${one}.wav`, longer])));
      const first = await extract("many", "--out", "full/results", "--jobs", "2");
      expect(first.status).toBe(1);
      const errors = first.stderr.split("\n").filter((line) => line.startsWith("orca-embed:"));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(
        /^orca-embed: full\/results.* cannot be written to: the disk is full\. Make room, or give another folder\.$/,
      );
      const whole = readdirSync(at("full/results")).filter((name) => name.endsWith(".ndjson")).length;
      expect(whole).toBeLessThan(4);
      disk.resize(50_000);
      const again = await extract("many", "--out", "full/results");
      expect(again.status).toBe(0);
      expect(again.stdout).toContain(`4 results: ${4 - whole} done${whole > 0 ? `, ${whole} already done` : ""};`);
    } finally {
      disk.remove();
    }
  });
});

describe.skipIf(cannotDrop !== undefined)("names of any bytes", () => {
  test("are done, or refused at once with a sentence; nothing raw is printed", async () => {
    const odd = {
      red: "\x1b[31mred\x1b[0m.wav",
      lines: "two\nlines\r.wav",
      turned: "\u202eevaw.wav",
      c1: "bell\u0007\u009b2J.wav",
      long: `${"x".repeat(247)}.wav`,
      umlaut: "wäl.wav",
    };
    laid("odd", Object.fromEntries(Object.values(odd).map((name) => [name, wav])));
    writeFileSync(
      Buffer.concat([Buffer.from(`${at("odd")}/`), Buffer.from([0x62, 0xe4, 0xff, 0x2e, 0x77, 0x61, 0x76])]),
      wav,
    );
    const { status, stdout, stderr } = await extract("odd", "--out", "odd-results", "--format", "ndjson,csv,raven");
    expect(status).toBe(1);
    expect(stdout).toContain("7 results: 5 done, 2 failed (");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(stdout).toContain("\\x1b[31mred\\x1b[0m.wav.yamnet.ndjson");
    expect(stderr).toMatch(
      /x{247}\.wav: A file in odd-results would have a longer name than its disk takes\. Give the recording a shorter name\./,
    );
    expect(stderr).toContain("odd/b\u00e4\u00ff.wav: It cannot be opened: its name is not UTF-8. Rename it.");
    expect(readdirSync(at("odd-results")).filter((name) => name.endsWith(".ndjson")).length).toBe(5);
  });

  test("what commander says of options is safe as well", async () => {
    const { status, stderr } = await asNobody(["extract", "--\u001b[31mred"], folder);
    expect(status).toBe(2);
    expect(stderr).toContain("\\x1b[31mred");
    expect(stderr).not.toContain("\u001b");
  });
});

describe.skipIf(cannotDrop !== undefined)("what a folder holds", () => {
  test("a pattern that misses by case says how many", async () => {
    laid("case", { "a.wav": wav, "b.WAV": wav, "c.Wav": wav });
    const { status, stdout, stderr } = await extract("case/*.wav", "--out", "case-results");
    expect(status).toBe(0);
    expect(stdout).toContain("a.wav.yamnet.ndjson");
    expect(stderr).toContain("case/*.wav: 2 more files differ only in case (case/b.WAV, …).");
    const none = await extract("case/*.WaV", "--out", "case-results");
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("no recording fits this pattern. case/*.WaV: 3 more files differ only in case");
  });

  test("recorders' own formats are named with their makers and the way out", async () => {
    const own = ["sud", "wac", "w4v", "x3a", "dsg", "dwv"];
    laid(
      "own",
      Object.fromEntries(
        own.map((ending, one) => [`5783.21010112000${one}.${one % 2 === 0 ? ending : ending.toUpperCase()}`, wav]),
      ),
    );
    const { status, stdout, stderr } = await extract("own", "--out", "own-results");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    for (const words of [
      "Left out: 1 x SoundTrap's compressed recording (.sud, Ocean Instruments)",
      "SoundTrap Host makes WAV files of it",
      "(.wac, Wildlife Acoustics)",
      "(.w4v, Wildlife Acoustics)",
      "ffmpeg cannot",
      "X3 archive (.x3a",
      "(.dsg, Loggerhead Instruments)",
      "DSG2wav",
      "pieces of sound of a SoundTrap's detector (.dwv)",
      "their times stand in the .bcl file",
    ])
      expect(stderr).toContain(words);
    // Beside a recording they are left out, and the recording is done.
    laid("own", { "a.wav": wav });
    const beside = await extract("own", "--out", "own-results");
    expect(beside.status).toBe(0);
    expect(beside.stderr).toContain("Left out: 1 x pieces of sound of a SoundTrap's detector (.dwv)");
  });
});
