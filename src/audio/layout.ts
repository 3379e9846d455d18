import { Kernels } from "../kernels/index.ts";
import type { MetadataBlock } from "../times/index.ts";
import type { RandomAccess } from "./behind.ts";
import { moduleOf, type ReadingModules } from "./codecs.ts";
import { DetectingDecoder } from "./detect.ts";
import { FlacFinder } from "./flac/index.ts";
import type { Entrance, SoundLayout, SoundPlace } from "./pieces.ts";
import type { AudioInfo, DecodeOptions } from "./types.ts";

/** Bytes that are read at a time, and within which the sound must begin. */
const BLOCK = 1 << 16;
const LONGEST_HEADER = 1 << 24;

/** A recording whose sound can be entered anywhere. */
export interface EnterableSound {
  readonly layout: SoundLayout;
  readonly info: AudioInfo;
  /** What stands before the sound. */
  readonly metadata: readonly MetadataBlock[];
}

/**
 * Where the sound of a recording lies: of WAV, and of FLAC. Undefined where it is of another format, or where only who reads
 * all of it knows. Throws as its decoder does.
 */
export async function soundLayout(
  access: RandomAccess,
  modules: ReadingModules,
  options: DecodeOptions,
): Promise<EnterableSound | undefined> {
  const { size } = access;
  const decoder = new DetectingDecoder(new Kernels(modules.kernels), modules.codecs ?? {}, { ...options, size });
  for (let at = 0; decoder.enterable?.sound === undefined; at += BLOCK) {
    if (at >= Math.min(size, LONGEST_HEADER)) return undefined;
    for (const samples of decoder.push(await access.read(at, BLOCK))) {
      if (samples.length > 0 && decoder.enterable?.sound === undefined) return undefined;
    }
  }
  const { info } = decoder;
  const { sound } = decoder.enterable;
  const layout = info === undefined ? undefined : await layoutOf(sound, info, access, modules);
  return info === undefined || layout === undefined ? undefined : { layout, info, metadata: decoder.metadata() };
}

async function layoutOf(
  sound: SoundPlace,
  { declaredFrames }: AudioInfo,
  access: RandomAccess,
  modules: ReadingModules,
): Promise<SoundLayout | undefined> {
  if (sound.container === "flac") return await finder(sound, access, modules).layout();
  const { start, unit } = sound;
  const there = Math.floor((access.size - start) / unit);
  return { container: "wav", start, samples: Math.min(there, declaredFrames ?? there), unit, origin: 0 };
}

/**
 * Where to enter a recording for what comes from sample `sample` on: at it in WAV, at the frame that holds it, or at one a
 * little before it, in FLAC. @param sound  as its decoder has found it
 */
export async function entranceAt(
  sample: number,
  sound: SoundPlace,
  layout: SoundLayout,
  access: RandomAccess,
  modules: ReadingModules,
): Promise<Entrance> {
  if (sound.container === "flac") return await finder(sound, access, modules).entrance(sample, layout);
  return { byte: layout.start + sample * layout.unit, sample };
}

function finder(
  sound: Extract<SoundPlace, { container: "flac" }>,
  access: RandomAccess,
  { codecs = {} }: ReadingModules,
) {
  return new FlacFinder(access, moduleOf(codecs, "flac"), sound.stream, sound.start);
}
