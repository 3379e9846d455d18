import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labels, labelTable, recordings } from "../support/labels.ts";

describe("labels by time", () => {
  const CSV = "file,start,end,label,pod\na.wav,1,2,S01,J\na.wav,1.8,3,S16,J\nb.wav,0,10,ship,\n";

  test("CSV: the longest overlap, the earlier of two equals", async () => {
    const found = await labels(CSV, "/data/a.wav", "/data/b.wav", "/data/c.wav");
    expect(found.columns).toEqual(["label", "pod"]);
    expect(found.named).toBe(2);
    const at = (name: string, start: number, end: number) => found.at(`/data/${name}`, { start, end });
    expect(at("a.wav", 0, 1)).toEqual(["", ""]);
    expect(at("a.wav", 0, 1.01)).toEqual(["S01", "J"]);
    expect(at("a.wav", 1, 2)).toEqual(["S01", "J"]);
    expect(at("a.wav", 1.8, 2.8)).toEqual(["S16", "J"]);
    expect(at("a.wav", 1.7, 2.1)).toEqual(["S01", "J"]);
    expect(at("a.wav", 3, 4)).toEqual(["", ""]);
    expect(at("b.wav", 9.9, 20)).toEqual(["ship", ""]);
    expect(at("c.wav", 0, 10)).toEqual(["", ""]);
  });

  test("a label without length belongs to the stretch that it lies in, and gives way to one that overlaps", async () => {
    const found = await labels("start,end,label\n2,2,click\n3,3,blow\n2.9,3.5,call\n");
    const at = (start: number, end: number) => found.at("/any.wav", { start, end });
    expect([at(1, 2), at(2, 2.5), at(2.5, 3.2)]).toEqual([[""], ["click"], ["call"]]);
  });

  test("as a search through all labels would find", async () => {
    const time = fc.integer({ min: 0, max: 60 });
    const label = fc.tuple(time, fc.integer({ min: 1, max: 30 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(label, { minLength: 1, maxLength: 30 }),
        time,
        fc.integer({ min: 1, max: 10 }),
        async (all, start, length) => {
          const end = start + length;
          const text = all.map(([from, duration], at) => `${from},${from + duration},${at}`).join("\n");
          const [found] = (await labels(`start,end,label\n${text}\n`)).at("/any.wav", { start, end });
          const overlap = (at: number) => {
            const [from, duration] = all[at] as [number, number];
            return Math.min(end, from + duration) - Math.max(start, from);
          };
          const most = Math.max(...all.map((_, at) => overlap(at)));
          if (most <= 0) expect(found).toBe("");
          else expect(overlap(Number(found))).toBe(most);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("times of the clock are joined by UTC, whichever the file", async () => {
    const text =
      "begin_utc,duration,label\n2024-05-01T12:00:01Z,2,S01\n2024-05-01T14:00:10+02:00,0,click\n2024/05/01 12:00:20.5,1,S16";
    const table = await labelTable(text);
    expect([table.byClock, table.namesFiles, table.columns]).toEqual([true, false, ["label"]]);
    const found = table.join(recordings("/one.wav", "/two.wav"));
    const at = (utc: string | undefined) => found.at("/two.wav", { start: 3, end: 3.96, utc });
    expect(at("2024-05-01T12:00:00.030Z")).toEqual([""]);
    expect(at("2024-05-01T12:00:00.050Z")).toEqual(["S01"]);
    expect(at("2024-05-01T12:00:09.500Z")).toEqual(["click"]);
    expect(at("2024-05-01T12:00:21.400Z")).toEqual(["S16"]);
    expect(at(undefined)).toEqual([""]);
    // Raven's table has seconds, which go first.
    const raven = await labelTable("Begin Time (s)\tEnd Time (s)\tBegin Date Time\n1\t2\t2024/05/01 12:00:01");
    expect([raven.byClock, raven.columns]).toEqual([false, ["Begin Date Time"]]);
    const pairs = await labels(
      "file,start,end,label\na.wav,2024-05-01T12:00:01Z,2024-05-01T12:00:02Z,S01",
      "/a.wav",
      "/b.wav",
    );
    const span = { start: 0, end: 1, utc: "2024-05-01T12:00:00.500Z" };
    expect([pairs.at("/a.wav", span), pairs.at("/b.wav", span)]).toEqual([["S01"], [""]]);
  });
});

describe("tables of other programs", () => {
  test("a Raven selection table", async () => {
    const raven = [
      "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tCall Type",
      "1\tSpectrogram 1\t1\t12.5\t13.25\t500\t6000\tS04",
      "2\tSpectrogram 1\t1\t20\t20.5\t700\t8000\tS10",
    ].join("\r\n");
    const table = await labelTable(raven);
    expect(table.namesFiles).toBe(false);
    expect(table.columns).toEqual(["Selection", "View", "Channel", "Low Freq (Hz)", "High Freq (Hz)", "Call Type"]);
    const found = table.join(recordings("/any.wav"));
    expect(found.at("/any.wav", { start: 12.48, end: 13.44 })).toEqual([
      "1",
      "Spectrogram 1",
      "1",
      "500",
      "6000",
      "S04",
    ]);
  });

  test("Raven over several files counts from each file's own start", async () => {
    const raven = [
      "Begin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tCall",
      "5\t6\tone.wav\t5\tS01",
      "65\t67\ttwo.wav\t5\tS02",
    ].join("\n");
    const found = await labels(raven, "/one.wav", "/two.wav");
    expect(found.columns).toEqual(["Call"]);
    const at = (start: number, end: number) => found.at("/two.wav", { start, end });
    expect([at(6.5, 7), at(7, 8), at(65, 67)]).toEqual([["S02"], [""], [""]]);
  });

  test.each([
    ["one after the other", [5, 20, 65, 90], false],
    ["with a file's labels between another's", [5, 70, 65, 90], true],
    ["with two at once", [5, 65, 65, 90], true],
  ] as const)("Raven over several files without File Offset (s), %s", async (_, begins, known) => {
    const rows = begins.map((begin, at) => `${begin}\t${begin + 1}\t${at < 2 ? "one" : "two"}.wav\tS0${at}`);
    const raven = ["Begin Time (s)\tEnd Time (s)\tBegin File\tCall", ...rows].join("\n");
    const found = labels(raven, "/one.wav", "/two.wav");
    // Of two files that each have labels while the other has some, times are counted from each one's own start.
    if (known) expect((await found).at("/two.wav", { start: 90, end: 91 })).toEqual(["S03"]);
    else {
      await expect(found).rejects.toMatchObject({
        code: "bad_option",
        message: expect.stringMatching(
          /^labels\.csv names 2 files and has "Begin Time \(s\)", which Raven counts over all/,
        ),
        hint: expect.stringContaining('add the measurement "File Offset (s)"'),
      });
    }
    // One file has one clock.
    const [head, first] = raven.split("\n");
    const one = await labels(`${head}\n${first}`, "/one.wav", "/two.wav");
    expect(one.at("/one.wav", { start: 5, end: 6 })).toEqual(["S00"]);
  });

  test("BirdNET-Analyzer's selection table: Begin Path tells the file, and each row stays with its own", async () => {
    const birdnet = [
      "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tCommon Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)",
      "1\tSpectrogram 1\t1\t0.0\t3.0\t0\t15000\tKiller Whale\tkiwh\t0.9\t/data/rec/a_20230501_120000.wav\t0.0",
      "2\tSpectrogram 1\t1\t5.0\t8.0\t0\t15000\tBoat\tboat\t0.8\t/data/rec/b_20230501_121000.wav\t0.0",
    ].join("\n");
    const [a, b] = ["/here/a_20230501_120000.wav", "/here/b_20230501_121000.wav"] as const;
    const found = await labels(birdnet, a, b);
    expect(found).toMatchObject({ named: 2, strangers: [], moved: true });
    const name = (path: string, start: number) => found.at(path, { start, end: start + 1 })[5];
    expect([name(a, 1), name(a, 6), name(b, 1), name(b, 6)]).toEqual(["Killer Whale", "", "Boat", ""]);
  });

  test("BirdNET-Analyzer's CSV", async () => {
    const text =
      "Start (s),End (s),Scientific name,Common name,Confidence,File\n0.0,3.0,Orcinus orca,Killer Whale,0.91,/data/a.wav\n";
    const found = await labels(text, "/data/a.wav", "/data/b.wav");
    expect(found.at("/data/a.wav", { start: 1, end: 2 })).toEqual(["Orcinus orca", "Killer Whale", "0.91"]);
    expect(found.at("/data/b.wav", { start: 1, end: 2 })).toEqual(["", "", ""]);
  });

  test("hoplite's CSV", async () => {
    const text = "recording,start_offset_s,end_offset_s,label,label_type\nsite/a.wav,5.0,10.0,orca,positive\n";
    const found = await labels(text, "/data/site/a.wav");
    expect(found.columns).toEqual(["label", "label_type"]);
    expect(found.at("/data/site/a.wav", { start: 4, end: 6 })).toEqual(["orca", "positive"]);
  });

  test("Kaleidoscope's CSV, whose OFFSET is where a label begins", async () => {
    const text = "FOLDER,IN FILE,OFFSET,DURATION,MANUAL ID\nnight,a.wav,3.5,1.5,NOISE\n";
    const found = await labels(text, "/data/a.wav");
    expect(found.at("/data/a.wav", { start: 4.9, end: 5.5 })).toEqual(["night", "NOISE"]);
    expect(found.at("/data/a.wav", { start: 5, end: 5.5 })).toEqual(["", ""]);
  });

  test("a training set: durations, and names without ending", async () => {
    const found = await labels(
      "wav_filename\tstart_time_s\tduration_s\tlocation\n0001\t2\t2.5\tHaro Strait\n",
      "/data/0001.wav",
    );
    expect(found.at("/data/0001.wav", { start: 4.4, end: 5 })).toEqual(["Haro Strait"]);
    expect(found.at("/data/0001.wav", { start: 4.5, end: 5 })).toEqual([""]);
  });

  test("Audacity's label track, with frequencies and without", async () => {
    const text =
      '1.000000\t2.500000\tS01 "loud"\n\\\t500.000000\t6000.000000\n4.000000\t4.000000\tclick\n\\\t-1.000000\t-1.000000\n';
    const table = await labelTable(text, "Label Track.txt");
    expect([table.namesFiles, table.columns]).toEqual([false, ["label", "low freq (hz)", "high freq (hz)"]]);
    const found = table.join(recordings("/a.wav"));
    expect(found.at("/a.wav", { start: 2, end: 3 })).toEqual(['S01 "loud"', "500.000000", "6000.000000"]);
    expect(found.at("/a.wav", { start: 4, end: 5 })).toEqual(["click", "", ""]);
    const commas = await labels("1,5\t2,5\tS01\n");
    expect(commas.at("/any.wav", { start: 2, end: 3 })).toEqual(["S01", "", ""].slice(0, commas.columns.length));
  });

  test("semicolons, decimal commas and UTF-16, as a spreadsheet of another country saves", async () => {
    const text = "file;start;end;label\r\na.wav;1,25;2,5;S04, J pod\r\n";
    const units = [0xfeff, ...[...text].map((character) => character.charCodeAt(0))];
    const found = await labels(Uint8Array.from(units.flatMap((code) => [code & 255, code >> 8])), "/a.wav");
    expect(found.at("/a.wav", { start: 2.4, end: 3 })).toEqual(["S04, J pod"]);
    expect(found.at("/a.wav", { start: 0, end: 1.25 })).toEqual([""]);
  });
});

describe("what a table says wrong is said with its line", () => {
  test.each([
    ["file,label\na.wav,S01\n", "labels.csv has no column of start times, or none of ends: file, label."],
    ["", "labels.csv has no column of start times, or none of ends."],
    ["start,end\n1,2\n3,late\n", 'labels.csv, line 3: end is "late", not a number.'],
    ["start,end\n,2\n", 'labels.csv, line 2: start is "", not a number.'],
    ["start,end\n1,2\n\n4,3\n", "labels.csv, line 4: ends before it begins."],
    ["start,end\n0x10,0x20\n", 'labels.csv, line 2: start is "0x10", not a number.'],
    ["file,start,end\na.wav,1,2\n,1,2\n", "labels.csv, line 3: does not say its recording."],
    ["file,start,end,label\na.wav,1,2,S04, J pod\n", "labels.csv, line 2: has 5 fields, and there are 4 columns."],
    [
      'file,start,end,label\na.wav,0,1,"call\na.wav,1,2,x\n',
      "labels.csv, line 2: a quote opens a field here and is not closed.",
    ],
    [
      "start_utc,duration\n2024-05-01T12:00:01Z,1\n2024-13-01T12:00:01Z,1",
      'labels.csv, line 3: start_utc is "2024-13-01T12:00:01Z", no date and time.',
    ],
  ])("%j", async (text, message) => {
    await expect(labelTable(text)).rejects.toMatchObject({ code: "bad_option", field: "labels", message });
  });
});
