import { broadcastStamp } from "./broadcast-time.ts";
import { claimed, NOTHING_SAID } from "./claims.ts";
import { latinText } from "./text.ts";
import type { AudioFacts, Said } from "./types.ts";

/** Offsets of EBU Tech 3285, section 2.3: Description 256, Originator 32, OriginatorReference 32 characters before them. */
const DATE = 320;
const TIME = 330;
const TIME_REFERENCE = 338;
const END = 346;

/** The bext chunk of broadcast WAVE. It has no zone. */
export function readBext(bytes: Uint8Array, { rate }: AudioFacts): Said {
  if (bytes.length < END) return NOTHING_SAID;
  const date = latinText(bytes.subarray(DATE, TIME));
  const time = latinText(bytes.subarray(TIME, TIME_REFERENCE));
  // Writers that do not know leave it empty, or all zeros.
  if (!/[1-9]/.test(date)) return NOTHING_SAID;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = view.getUint32(TIME_REFERENCE, true) + view.getUint32(TIME_REFERENCE + 4, true) * 2 ** 32;
  return claimed("bext", `${date} ${time}`, broadcastStamp({ date, time, samples, rate }));
}
