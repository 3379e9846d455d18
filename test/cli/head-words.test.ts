import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectionFolder } from "../../src/collection/folder.node.ts";
import type { Annotation } from "../../src/labels/index.ts";
import { MODEL, newWindows } from "../support/collections.ts";
import { orcaEmbed } from "../support/command-line.ts";

const RECORDINGS = 6;
let root = "";
const at = (name: string) => join(root, name);

/** Six recordings of 60 windows: the first second of each is a call by ana, the third another sound, and cats are uncertain. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "orca-head-words-"));
  const folder = await CollectionFolder.openForWriting(at("calls/yamnet"), { ...MODEL, sha256: "0123".repeat(16) });
  for (let n = 0; n < RECORDINGS; n++) {
    const recording = `haro/${n}.wav`;
    const windows = newWindows(60, n).map((window) => {
      const vector = window.vector.slice();
      vector[0] = (vector[0] as number) + (window.start < 1 ? 3 : 0);
      return { ...window, vector };
    });
    await folder.collection.put(
      { name: recording, deployment: { name: "haro", project: "calls" }, seconds: 30 },
      windows,
    );
    const said = (start: number, label: string, kind: Annotation["kind"]): Annotation => ({
      recording,
      start,
      end: start + 0.9,
      label,
      kind,
      by: "ana",
    });
    await folder.collection.annotate([
      said(0, "call", "positive"),
      said(3, "call", "negative"),
      said(6, "cat", "uncertain"),
    ]);
  }
  folder.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const run = async (command: string, ...args: readonly string[]) => {
  const ran = await orcaEmbed([command, at("calls"), ...args]);
  return { ...ran, said: ran.stdout + ran.stderr };
};

test("train says what its thresholds do; next is filled in and taken in; an audit that nobody made has no figure", async () => {
  const trained = await run("train", "--classes", "call", "--out", at("h.json"), "--false-alarms", "1/day");
  expect(trained.status, trained.stderr).toBe(0);
  expect(trained.said).toMatch(/call: \d+ min of background cannot show 1 a day/);
  expect(trained.said).toMatch(/call: at threshold \d\.\d+ precision \S+, recall \S+, 0 false windows in \d+ min of/);
  const cats = await run("train", "--classes", "call,cat", "--out", at("cat.json"));
  expect(cats).toMatchObject({ status: 2 });
  expect(cats.stderr).toContain("All 6 labels of cat are uncertain");

  await run("next", "--head", at("h.json"), "--by", "bands", "--top", "5", "--out", at("next.csv"));
  const [head = "", ...rows] = readFileSync(at("next.csv"), "utf8").trim().split("\n");
  expect(rows.map((row) => row.split(",").slice(3, 6))).toEqual(rows.map(() => ["", "", ""]));

  // Nobody has filled it in: there is no audit.
  const none = await run("judge", "--head", at("h.json"), "--audit", "ana", "--out", at("none"));
  expect(none.said).toContain("ana has labelled no window of an audit");
  expect(none.said).not.toContain("a call in");
  expect(none.said).toMatch(/false windows? in \d+ min of background/);
  expect(JSON.parse(readFileSync(at("none/judgement.json"), "utf8")).heads[0].calls).toEqual({});
  expect(readFileSync(at("none/report.html"), "utf8")).toMatch(/\d+ in \d+ min of background/);

  // Two of five are filled in.
  const filled = rows.map((row, n) => (n < 2 ? row.replace(",,,,", `,call,${n === 0 ? "" : "negative"},,`) : row));
  writeFileSync(at("next.csv"), `${[head, ...filled].join("\n")}\n`);
  writeFileSync(at("behind.csv"), "file,start,end,label\n0.wav,250,260,call\n");
  const behind = await run("label", "--import", at("behind.csv"));
  expect(behind.said).toContain("0 labels added");
  expect(behind.said).toContain("1 label of behind.csv left out: behind the end of the recording.");
  const taken = await run("label", "--import", at("next.csv"), "--by", "ben");
  expect(taken.said).toContain("2 labels added");
  expect(taken.said).toContain("3 rows without a label left out.");
  expect((await run("label")).stdout).toMatch(
    /\nlabels +label +kind +by\n6 +call +negative +ana\n1 +call +negative +ben\n/,
  );
  const audited = await run("judge", "--head", at("h.json"), "--audit", "ben", "--out", at("audited"));
  expect(audited.said).toMatch(/call: a call in \d+\.\d % of windows/);
  const bird = await run("label", "--export", at("birdnet.csv"), "--format", "birdnet");
  expect(bird.said).toContain("birdnet.csv: 7 labels");
  expect(bird.said).toContain("13 labels left out: birdnet has no place for what is negative or uncertain.");
});

test.each([
  [["noise", "--head", "h.json", "--like", "haro/0.wav@10", "--site", "mars"], 'no deployment "mars". It has "haro".'],
  [["detect", "--head", "h.json", "--recordings", "nix"], 'no recording "nix". It has "haro/0.wav"'],
  [["search", "--window", "1", "--from", "yesterday"], '--from "yesterday" is no date and time'],
])("%j is refused in words", async ([command = "", ...args], message) => {
  const { status, stderr } = await run(command, ...args.map((arg) => (arg === "h.json" ? at(arg) : arg)));
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});
