import { broadcastStamp } from "./broadcast-time.ts";
import { claimed, NOTHING_SAID } from "./claims.ts";
import { numberIn, utf8Text } from "./text.ts";
import type { AudioFacts, Said } from "./types.ts";

/** iXML's copy of the bext fields (http://www.gallery.co.uk/ixml/), for files whose bext chunk was lost. It has no zone. */
export function readIxml(bytes: Uint8Array, { rate }: AudioFacts): Said {
  const text = utf8Text(bytes);
  const date = element(text, "BWF_ORIGINATION_DATE") ?? "";
  const time = element(text, "BWF_ORIGINATION_TIME") ?? "";
  if (!/[1-9]/.test(date)) return NOTHING_SAID;
  const [high, low] = ["HIGH", "LOW"].map((half) => numberIn(element(text, `BWF_TIME_REFERENCE_${half}`)));
  const [top, bottom] = ["HI", "LO"].map((half) => numberIn(element(text, `TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_${half}`)));
  const stampRate = numberIn(element(text, "TIMESTAMP_SAMPLE_RATE"));
  const broadcast =
    low === undefined
      ? { samples: (top ?? 0) * 2 ** 32 + (bottom ?? 0), rate: stampRate ?? rate }
      : { samples: (high ?? 0) * 2 ** 32 + low, rate };
  return claimed("iXML", `${date} ${time}`, broadcastStamp({ date, time, ...broadcast }));
}

/** The text of the first element of a name, which has no attributes and no children here. */
function element(text: string, name: string): string | undefined {
  const open = text.indexOf(`<${name}>`);
  const from = open + name.length + 2;
  const end = open < 0 ? -1 : text.indexOf("<", from);
  return end < 0 ? undefined : text.slice(from, Math.min(end, from + 100)).trim();
}
