import { type Decoders, decodedSound } from "./decoded-sound.ts";
import type { Sound } from "./sound.ts";
import { openWav } from "./wav-file.ts";

/** It decodes as well: it has the decoders. */
declare const PIPELINE_WORKER: string;
declare const MODULES: Decoders["modules"];

/** The modules' addresses as the worker takes them, whose own address is another than the page's. */
const modules = Object.fromEntries(
  Object.entries(MODULES).map(([name, address]) => [name, new URL(address, location.href).href]),
) as Decoders["modules"];

/**
 * The recording as sound, or undefined where it is none: the server's own words then say what it is.
 * @param grown  called while more of it is decoded
 */
export async function openSound(file: Blob, grown: () => void): Promise<Sound | undefined> {
  return (await openWav(file)) ?? decodedSound(file, { worker: PIPELINE_WORKER, modules }, grown);
}
