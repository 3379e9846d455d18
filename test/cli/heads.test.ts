import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseHead } from "../../src/heads/index.ts";
import { orcaEmbed } from "../support/command-line.ts";
import { decode } from "../support/decode.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { referenceFolder } from "../support/test-models.ts";

interface Found {
  readonly recording: string;
  readonly class: string;
  readonly start: number;
  readonly end: number;
  readonly peak: number;
  readonly peakStart: number;
  readonly windows: number;
}

/** Five windows of each of four recordings: 20 labels. */
const LABELLED = [
  ["orca_jpod_stereo_44k1.wav", "orca"],
  ["orca_gclan_naxys_44k0.wav", "orca"],
  ["humpback_cross_24k.wav", "other"],
  ["ship_tanker_deepship_32k_f32.wav", "other"],
] as const;
const OTHERS = [
  "humpback_google_sample_10k.wav",
  "humpback_grunt_double_44k1.wav",
  "humpback_watkins_16k.wav",
  "miaow_16k.wav",
  "orca_biggs_song_04_44k1.wav",
  "orca_calls_20k_s32.wav",
  "orca_jpod_foraging_64k.wav",
  "orca_lpod_22k.wav",
  "orca_srkw_S01_44k1.wav",
  "ship_passenger_deepship_32k_f32.wav",
  "speech_whistling2.wav",
  "spermwhale_clicks_64k_24bit.wav",
];

describe.skipIf(!sharedExists)("the whole way on real sound: collect, label, train, judge, detect", () => {
  let folder = "";
  const at = (name: string) => join(folder, name);
  const run = async (...args: string[]) => {
    const ran = await orcaEmbed(args);
    expect(ran, ran.stderr).toMatchObject({ status: 0 });
    return ran.stdout;
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "orca-heads-"));
    mkdirSync(at("sound"));
    for (const name of [...LABELLED.map(([file]) => file), ...OTHERS])
      symlinkSync(sharedPath(`audio/${name}`), at(`sound/${name}`));
    const rows = LABELLED.flatMap(([file, label]) =>
      Array.from({ length: 5 }, (_, i) => `${file},${2.4 + 1.44 * i + 0.4},${2.4 + 1.44 * i + 0.45},${label}`),
    );
    writeFileSync(at("labels.csv"), `file,start,end,label\n${rows.join("\n")}\n`);
    await run("collect", at("sound"), "--into", at("calls"), "--models", referenceFolder, "--index", "none");
    await run("label", at("calls"), "--import", at("labels.csv"), "--by", "ann");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const detected = async (head: string, out: string, ...more: string[]) => {
    await run(
      "detect",
      at("calls"),
      "--head",
      at(head),
      "--recordings",
      OTHERS.join(","),
      "--format",
      "ndjson,raven",
      "--out",
      at(out),
      ...more,
    );
    const text = readFileSync(at(`${out}/detections.ndjson`), "utf8").trim();
    return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line) as Found);
  };
  const isOrca = ({ recording }: Pick<Found, "recording">) => recording.startsWith("orca_");
  const tally = (found: readonly Found[]) => {
    const right = found.filter(isOrca);
    const heard = new Set(right.map(({ recording }) => recording)).size;
    const there = OTHERS.filter((recording) => isOrca({ recording })).length;
    return {
      events: found.length,
      falseAlarms: found.length - right.length,
      precision: right.length / found.length,
      heard,
      there,
    };
  };
  const line = ({ events, falseAlarms, precision, heard, there }: ReturnType<typeof tally>) =>
    `${events} events, ${falseAlarms} of them false, precision ${precision.toFixed(3)}, ${heard} of ${there} orca recordings found`;

  test("20 labels of 4 recordings find orcas in the others; a noise is marked once", async () => {
    const trained = await run(
      "train",
      at("calls"),
      "--classes",
      "orca",
      "--out",
      at("orca.json"),
      "--hoplite",
      at("classifier.json"),
      "--background",
      "0",
    );
    expect(trained).toContain("too few recordings to judge: positives come from 2, and 3 are the least");
    const head = parseHead(readFileSync(at("orca.json"), "utf8"), "orca.json");
    expect(head).toMatchObject({
      id: "orca",
      model: { id: "yamnet", dimensions: 1024 },
      training: { labelsBy: { ann: 20 }, counts: { orca: { positiveGroups: 2, negativeGroups: 2 } } },
    });
    const classifier = parseHead(readFileSync(at("classifier.json"), "utf8"), "classifier.json");
    expect(classifier.weights).toEqual(head.weights);

    const found = await detected("orca.json", "found");
    const before = tally(found);
    console.log(`20 labels: ${line(before)}`);
    // Every recording with orcas is found. Of the events more are orcas than are not, by labels of twenty seconds: the others
    // are ships, whistling and humpbacks that no label spoke of.
    expect(before.heard).toBe(before.there);
    expect(before.precision).toBeGreaterThan(0.5);
    const raven = readFileSync(at("found/detections.selections.txt"), "utf8").trim().split("\n");
    expect(raven.length).toBe(found.length + 1);
    expect(raven[0]).toMatch(/^Selection\tView\tChannel\tBegin Time \(s\)\tEnd Time \(s\)/);

    // The false event with the most windows over the threshold is one noise, marked once and whole.
    const noisy = found.filter((one) => !isOrca(one)).toSorted((a, b) => b.windows - a.windows)[0] as Found;
    const said = await run(
      "noise",
      at("calls"),
      "--head",
      at("orca.json"),
      "--like",
      `${noisy.recording}@${noisy.start.toFixed(2)}-${noisy.end.toFixed(2)}`,
      "--name",
      "squeak",
      "--out",
      at("quiet.json"),
    );
    expect(said).toMatch(/are passed over from now on/);
    const quiet = await detected("quiet.json", "quiet");
    const after = tally(quiet);
    console.log(`after one noise was marked (${noisy.recording}): ${line(after)}`);
    // What was marked is gone, no orca recording is lost, and no new event came.
    expect(quiet.filter(({ recording, start }) => recording === noisy.recording && start === noisy.start)).toEqual([]);
    expect(after.falseAlarms).toBeLessThan(before.falseAlarms);
    expect(after.heard).toBe(before.heard);
  });

  test("collect runs heads when all is in, and finds what detect finds", async () => {
    const made = ["--into", at("calls"), "--models", referenceFolder, "--index", "none"];
    const said = await run("collect", at("sound"), ...made, "--head", at("orca.json"), "--detections", at("at-once"));
    expect(said).toMatch(/orca \(orca\): \d+ events/);
    await run("detect", at("calls"), "--head", at("orca.json"), "--out", at("later"));
    const [once, later] = ["at-once", "later"].map((out) =>
      readFileSync(at(`${out}/detections.selections.txt`), "utf8"),
    );
    expect(once).toBe(later);
    const other = JSON.parse(readFileSync(at("orca.json"), "utf8"));
    writeFileSync(at("vggish.json"), JSON.stringify({ ...other, model: { ...other.model, id: "vggish" } }));
    const refused = await orcaEmbed(["collect", at("sound"), ...made, "--head", at("vggish.json")]);
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toMatch(/The head orca is for vggish, which is not collected/);
  });

  test("judge writes figures and a report; a wish becomes a threshold", async () => {
    await run(
      "judge",
      at("calls"),
      "--head",
      `${at("orca.json")},${at("classifier.json")}`,
      "--out",
      at("judged"),
      "--precision",
      "0.9",
      "--save",
      at("precise.json"),
    );
    const report = JSON.parse(readFileSync(at("judged/judgement.json"), "utf8"));
    expect(report.heads.map(({ id, how }: { id: string; how: string }) => [id, how.split(":")[0]])).toEqual([
      ["orca", "judged by folds"],
      ["classifier", "what it learned from is not known"],
    ]);
    const page = readFileSync(at("judged/report.html"), "utf8");
    expect(page).toContain("too few recordings to judge");
    expect(page).not.toMatch(/(src|href)="http/);
  });

  test("next gives windows to hear; clips are FLAC with a picture", async () => {
    const table = (await run("next", at("calls"), "--head", at("orca.json"), "--by", "diverse", "--top", "5"))
      .trim()
      .split("\n");
    expect(table).toHaveLength(6);
    await run(
      "detect",
      at("calls"),
      "--head",
      at("orca.json"),
      "--recordings",
      "orca_calls_20k_s32.wav",
      "--format",
      "html,audacity,birdnet,csv,parquet,orcahello",
      "--clips",
      "--out",
      at("clips"),
    );
    const page = readFileSync(at("clips/detections.html"), "utf8");
    const [, sound = "", picture = ""] = [/x/, /<audio[^>]* src="([^"]+)"/, /<img src="([^"]+)"/].map(
      (of) => of.exec(page)?.[1] ?? "",
    );
    expect(decode([new Uint8Array(readFileSync(at(`clips/${decodeURIComponent(sound)}`)))]).info).toMatchObject({
      container: "flac",
      rate: 20_000,
    });
    expect(
      readFileSync(at(`clips/${decodeURIComponent(picture)}`))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(JSON.parse(readFileSync(at("clips/detections.orcahello.json"), "utf8"))[0]).toMatchObject({
      modelId: "orca",
      reviewed: false,
    });
  });

  test("int8 beside fp32: the same labels, judged by recordings on both", async () => {
    const rows = [...LABELLED.map(([file]) => file), ...OTHERS].map(
      (file) => `${file},0,2,${isOrca({ recording: file }) ? "orca" : "other"}`,
    );
    writeFileSync(at("by-recording.csv"), `file,start,end,label\n${rows.join("\n")}\n`);
    const areas: number[] = [];
    for (const variant of ["fp32", "int8"]) {
      const into = at(`both-${variant}`);
      const made = ["--models", referenceFolder, "--index", "none", "--variant", variant];
      await run("collect", at("sound"), "--into", into, ...made);
      await run("label", into, "--import", at("by-recording.csv"), "--by", "file-names");
      await run("train", into, "--classes", "orca", "--out", at(`${variant}.json`), "--background", "0");
      const { judged } = parseHead(readFileSync(at(`${variant}.json`), "utf8"), variant);
      const [one] = (judged as { classes: { rocAuc: number; tooFew?: string }[] }).classes;
      expect(one?.tooFew).toBeUndefined();
      areas.push(one?.rocAuc ?? Number.NaN);
    }
    const [fp32 = 0, int8 = 0] = areas;
    console.log(
      `ROC-AUC by recordings: fp32 ${fp32.toFixed(4)}, int8 ${int8.toFixed(4)}, difference ${(int8 - fp32).toFixed(4)}`,
    );
    expect(fp32).toBeGreaterThan(0.75);
    expect(Math.abs(int8 - fp32)).toBeLessThan(0.05);
  });

  test.each<[string, string[], RegExp]>([
    ["a class without labels", ["train", "calls", "--classes", "dolphin"], /dolphin/],
    ["a class twice", ["train", "calls", "--classes", "orca,orca"], /"orca" is named twice/],
    ["no class", ["train", "calls"], /--classes names no label/],
    ["a head that is none", ["detect", "calls", "--head", "labels.csv"], /labels\.csv is no head: it is no JSON/],
    ["no head", ["detect", "calls", "--head", "none.json"], /There is no head .*none\.json/],
    [
      "a wish that is NaN",
      ["train", "calls", "--classes", "orca", "--precision", "NaN"],
      /--precision NaN is not a number from 0 to 1/,
    ],
    ["two wishes", ["train", "calls", "--classes", "orca", "--precision", "0.9", "--recall", "0.9"], /by two wishes/],
  ])("%s: a sentence and exit code 2", async (_, [command = "", collection = "", ...rest], message) => {
    const named = rest.map((word) => (/\.(csv|json)$/.test(word) ? at(word) : word));
    const { status, stderr } = await orcaEmbed([command, at(collection), ...named]);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});
