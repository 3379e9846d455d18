import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type TarLimits, tarFiles, unpackTarGz } from "../../../src/convert/readers/tar.ts";
import { refusal, temporaryFolder } from "./support.ts";
import { endOfTar, tarHeader, tarMember } from "./tar-writer.ts";

async function unpackWhole(tar: Uint8Array, limits?: TarLimits): Promise<Map<string, string>> {
  // In chunks of 100 bytes, so that nothing depends on where they end.
  async function* chunks() {
    for (let at = 0; at < tar.length; at += 100) yield tar.subarray(at, at + 100);
  }
  const files = new Map<string, string>();
  for await (const { name, content } of tarFiles(chunks(), "test.tar", limits)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    files.set(name, Buffer.concat(pieces).toString());
  }
  return files;
}

const tar = (...members: Uint8Array[]) => Buffer.concat([...members, endOfTar]);

test("files of any length, folders, ustar prefixes, long names of GNU and pax", async () => {
  const long = `${"deep/".repeat(30)}variables.index`;
  const files = await unpackWhole(
    tar(
      tarHeader("./variables/", 0, { type: "5" }),
      tarMember("./saved_model.pb", "graph"),
      tarMember("empty", ""),
      tarMember("exact", "x".repeat(512)),
      tarMember("over", "y".repeat(513)),
      tarMember("name", "in a folder", { prefix: "some/folder" }),
      tarMember("././@LongLink", `${long}\0`, { type: "L" }),
      tarMember("cut short by the format", "gnu"),
      tarMember("PaxHeaders/x", `${String(long.length + 12)} path=p/${long}\n`, { type: "x" }),
      tarMember("also cut short", "pax"),
      tarMember("global", "14 mtime=1.25\n", { type: "g" }),
      tarMember("last", "old type", { type: "\0" }),
    ),
  );
  expect([...files]).toEqual([
    ["saved_model.pb", "graph"],
    ["empty", ""],
    ["exact", "x".repeat(512)],
    ["over", "y".repeat(513)],
    ["some/folder/name", "in a folder"],
    [long, "gnu"],
    [`p/${long}`, "pax"],
    ["last", "old type"],
  ]);
});

describe("what could do harm or is damaged is refused, with the byte of the unpacked archive", () => {
  test.each([
    [
      "a way out",
      tar(tarMember("a", "1"), tarMember("../b", "2")),
      /^test\.tar, byte 1024: .* "\.\.\/b", which leads out/,
    ],
    ["a way out in the middle", tar(tarMember("a/../../b", "2")), /leads out of it/],
    ["an absolute name", tar(tarMember("/etc/passwd", "2")), /leads out of it/],
    ["a Windows path", tar(tarMember("a\\..\\b", "2")), /leads out of it/],
    ["a drive", tar(tarMember("c:b", "2")), /leads out of it/],
    ["a link", tar(tarHeader("a", 0, { type: "2" })), /a is no regular file \(type 2\)/],
    ["a hard link", tar(tarHeader("a", 0, { type: "1" })), /no regular file/],
    [
      "an end in a file",
      tar(tarMember("a", "x".repeat(600))).subarray(0, 700),
      /byte 700: the archive ends in the middle/,
    ],
    ["an end between files", tarMember("a", "x"), /byte 1024: the archive ends in the middle/],
    ["no tar", Buffer.alloc(1024, 65), /byte 0: there is no tar header here/],
  ])("%s", async (_, bytes, message) => {
    expect((await refusal(() => unpackWhole(bytes))).message).toMatch(message);
  });

  test("a flipped bit in a header", async () => {
    const bytes = tar(tarMember("name", "text"));
    for (let at = 0; at < 512; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 2;
      const files = unpackWhole(damaged);
      // The checksum's own last two bytes are a zero and a space that nobody reads.
      if (at >= 154 && at < 156) expect((await files).get("name")).toBe("text");
      else expect((await refusal(() => files)).message).toMatch(/byte 0: /);
    }
  });

  test("more than the limits", async () => {
    const two = tar(tarMember("a", "12345"), tarMember("b", "6"));
    expect((await unpackWhole(two, { bytes: 6, files: 2 })).size).toBe(2);
    expect((await refusal(() => unpackWhole(two, { bytes: 5, files: 2 }))).byteOffset).toBe(1024);
    expect((await refusal(() => unpackWhole(two, { bytes: 6, files: 1 }))).message).toMatch(
      /more than 1 files or 6 bytes/,
    );
  });
});

describe("a .tar.gz", () => {
  const packed = gzipSync(tar(tarMember("a/b.txt", "hello"), tarMember("c", "x".repeat(100_000))));

  async function unpack(bytes: Uint8Array): Promise<string> {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "test.tar.gz"), bytes);
    await unpackTarGz(join(folder, "test.tar.gz"), join(folder, "out"));
    return join(folder, "out");
  }

  test("is unpacked into a folder", async () => {
    const folder = await unpack(packed);
    expect(await readFile(join(folder, "a/b.txt"), "utf8")).toBe("hello");
    expect((await readFile(join(folder, "c"))).length).toBe(100_000);
    expect((await readdir(folder)).sort()).toEqual(["a", "c"]);
  });

  test("is refused where it is cut short or a bit is wrong", async () => {
    expect((await refusal(() => unpack(packed.subarray(0, -9)))).message).toMatch(
      /test\.tar\.gz cannot be unpacked: unexpected end of file/,
    );
    const damaged = Buffer.from(packed);
    damaged[packed.length - 6] = (damaged[packed.length - 6] as number) ^ 1;
    expect((await refusal(() => unpack(damaged))).message).toMatch(/cannot be unpacked: incorrect data check/);
    expect((await refusal(() => unpack(Buffer.from("text")))).message).toMatch(
      /cannot be unpacked: incorrect header check/,
    );
  });
});
