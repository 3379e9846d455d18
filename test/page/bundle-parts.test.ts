import { strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { search } from "../../page/bundle/search.ts";
import { zipEntries } from "../../page/bundle/zip-entries.ts";
import { moved, pixelPositions, pointsAround, WHOLE, zoomed } from "../../page/views/plane.ts";
import { joinBytes } from "../../src/join.ts";
import { zipFiles } from "../../src/output/index.ts";
import { readMetadata } from "../../src/output/projector-reader/index.ts";

describe("an archive read by its directory", () => {
  const long = strToU8("the same again and again\n".repeat(5000));
  const files = { "a/long.tsv": long, "b.png": [strToU8("stored as it is"), { level: 0 }] as [Uint8Array, object] };
  const blobOf = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const bytesOf = async (entry: (() => Promise<Blob>) | undefined) =>
    new Uint8Array((await (await entry?.())?.arrayBuffer()) ?? new ArrayBuffer(0));

  test("deflated and stored files, also where sizes stand behind the bytes, as the Worker's zips have them", async () => {
    const own: Uint8Array[] = [];
    async function* bundle() {
      for (const path of ["a/long.tsv", "b.png"]) {
        yield {
          path,
          pieces: (async function* () {
            yield path === "b.png" ? strToU8("stored as it is") : long;
          })(),
        };
      }
    }
    for await (const piece of zipFiles(bundle())) own.push(piece.slice());
    for (const zip of [zipSync(files), joinBytes(own)]) {
      const entries = await zipEntries("x.zip", blobOf(zip));
      expect([...entries.keys()]).toEqual(["a/long.tsv", "b.png"]);
      expect(await bytesOf(entries.get("a/long.tsv"))).toEqual(long);
      expect(new TextDecoder().decode(await bytesOf(entries.get("b.png")))).toBe("stored as it is");
    }
  });

  test("cut, damaged, or longer than it says: refused, and never for ever", async () => {
    const zip = zipSync(files);
    for (let cut = 0; cut < zip.length; cut += 7) {
      await expect(zipEntries("x.zip", blobOf(zip.subarray(0, cut)))).rejects.toMatchObject({ code: "bundle_invalid" });
    }
    const directory = zip.length - 22 - (46 + "b.png".length) - (46 + "a/long.tsv".length);
    const lying = zip.slice();
    new DataView(lying.buffer).setUint32(directory + 24, 100, true);
    const damaged = zip.slice();
    damaged.fill(0xff, 60, 90);
    for (const bytes of [lying, damaged]) {
      const entries = await zipEntries("x.zip", blobOf(bytes));
      await expect(entries.get("a/long.tsv")?.()).rejects.toMatchObject({
        code: "bundle_invalid",
        message: "x.zip cannot be unpacked: a/long.tsv is damaged.",
      });
    }
  });

  test("a bomb is refused by what it says, before a byte of it is unpacked", async () => {
    const bomb = zipSync({ "zeros.bytes": new Uint8Array(70 * 1024 ** 2) }, { level: 9 });
    await expect(zipEntries("x.zip", blobOf(bomb))).rejects.toMatchObject({
      code: "bundle_invalid",
      message: expect.stringMatching(
        /^x\.zip cannot be unpacked: zeros\.bytes would become \d{3,4} times as long as it is\.$/,
      ),
    });
  });
});

test("searching metadata: text anywhere, text of a column, numbers by size", () => {
  const metadata = readMetadata(
    strToU8("file\tscore\tcall\nOne.wav\t0.5\tS01\ntwo.wav\t-2\t\none.wav\t1e3\tone\n"),
    "m",
  );
  const found = (text: string, column = -1) => Array.from(search(metadata, { text, column }) ?? []);
  expect(found(" ")).toEqual([]);
  expect(found("ONE")).toEqual([1, 0, 1]);
  expect(found("one", 2)).toEqual([0, 0, 1]);
  expect(found("> 0.4", 1)).toEqual([1, 0, 1]);
  expect(found("<=-2", 1)).toEqual([0, 1, 0]);
  expect(found("= 0.5", 1)).toEqual([1, 0, 0]);
  expect(found("-3..1", 1)).toEqual([1, 1, 0]);
});

test("nearer and farther: what stands at a pixel stays there; moving moves by pixels", () => {
  const positions = Float32Array.of(0, 0, 10, 4, 6, -2, Number.NaN, Number.NaN);
  const area = { x: 0, y: 0, width: 400, height: 300 };
  const before = pixelPositions(positions, area);
  const place = [before[4] as number, before[5] as number] as const;
  const camera = zoomed(positions, area, WHOLE, 3, place);
  const after = pixelPositions(positions, area, camera);
  expect([after[4], after[5]]).toEqual(place.map((value) => expect.closeTo(value, 3)));
  expect((after[2] as number) - (after[0] as number)).toBeCloseTo(
    3 * ((before[2] as number) - (before[0] as number)),
    3,
  );
  const pushed = pixelPositions(positions, area, moved(positions, area, camera, 25, -10));
  expect([pushed[0], pushed[1]]).toEqual([
    expect.closeTo((after[0] as number) + 25, 3),
    expect.closeTo((after[1] as number) - 10, 3),
  ]);
  expect(zoomed(positions, area, camera, 0.01, place)).toEqual(WHOLE);
  // A point without a place is in no circle.
  expect(pointsAround(before, 200, 150, 1000)).toEqual([0, 1, 2]);
});
