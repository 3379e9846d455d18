/** What is wrong with files on recorders' cards, a kind each, to be put among good ones. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { latin } from "./wav.ts";

export interface Broken {
  readonly kind: string;
  /** Its name below a folder, of a number of two digits. */
  name(number: string): string | Buffer;
  /** Makes it. @param good  a good recording's bytes */
  make(path: string | Buffer, good: Uint8Array): void;
  /** What is said of it, behind its path as it is printed. */
  readonly said: RegExp;
  /** The path that is named, where it is another than the file's, as it is printed. */
  readonly named?: (path: string) => string;
}

const write = (bytes: (good: Uint8Array) => Uint8Array | string) => (path: string | Buffer, good: Uint8Array) =>
  writeFileSync(path, bytes(good));

/** A good WAV file with some of its header's bytes replaced. */
const patched = (at: number, ...bytes: readonly number[]) =>
  write((good) => {
    const copy = Uint8Array.from(good);
    copy.set(bytes, at);
    return copy;
  });

const bad = (ending: string) => (number: string) => `bad-${number}.${ending}`;

export const BROKEN: readonly Broken[] = [
  { kind: "empty", name: bad("wav"), make: write(() => ""), said: /empty/ },
  { kind: "text", name: bad("WAV"), make: write(() => "These are notes, not a recording."), said: /text/ },
  { kind: "zeros", name: bad("wav"), make: write(() => new Uint8Array(2048)), said: /of no kind that is known here/ },
  { kind: "cut in the header", name: bad("wav"), make: write((good) => good.subarray(0, 30)), said: /./ },
  {
    kind: "no samples",
    name: bad("wav"),
    make: write((good) => good.subarray(0, 44)),
    said: /no (audio|samples)|ends/,
  },
  { kind: "a codec that is not read", name: bad("wav"), make: patched(20, 0x50, 0x00), said: /not read|MPEG|compress/ },
  { kind: "no sample rate", name: bad("Wav"), make: patched(24, 0, 0, 0, 0), said: /0 Hz|rate/ },
  { kind: "FLAC of noise", name: bad("flac"), make: write(() => latin(`fLaC${"noise ".repeat(300)}`)), said: /FLAC/ },
  { kind: "Ogg of noise", name: bad("ogg"), make: write(() => latin(`OggS${"noise ".repeat(300)}`)), said: /Ogg|page/ },
  { kind: "a picture", name: bad("mp3"), make: write(() => latin("\x89PNG\r\n\x1a\n0000")), said: /PNG/ },
  {
    kind: "closed",
    name: bad("wav"),
    make(path, good) {
      writeFileSync(path, good);
      chmodSync(path, 0);
    },
    said: /It cannot be read: permission is denied\./,
  },
  {
    kind: "in a closed folder",
    name: (number) => `lost+found-${number}/a.wav`,
    make(path, good) {
      const folder = dirname(path.toString());
      mkdirSync(folder);
      writeFileSync(path, good);
      chmodSync(folder, 0);
    },
    said: /It cannot be read: permission is denied\./,
    named: dirname,
  },
  {
    kind: "a link that leads nowhere",
    name: bad("wav"),
    make: (path) => symlinkSync("nowhere.wav", path),
    said: /there is no such file/,
  },
  {
    kind: "a long name",
    name: (number) => `${"x".repeat(245)}${number}.wav`,
    make: write((good) => good),
    said: /longer name than its disk takes/,
  },
  {
    kind: "a name that is not UTF-8",
    name: (number) => Buffer.from(latin(`b\xe4d-${number}.wav`)),
    make: write((good) => good),
    said: /its name is not UTF-8/,
  },
];
