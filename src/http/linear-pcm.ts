import type { Declared } from "../options/index.ts";

/** RFC 2586 and 3551: L8 is offset binary, L16 and L24 are big-endian. */
const LINEAR_TYPES: Readonly<Record<string, Declared["layout"]>> = {
  "audio/l8": { encoding: "u8", bigEndian: true },
  "audio/l16": { encoding: "s16", bigEndian: true },
  "audio/l24": { encoding: "s24", bigEndian: true },
};

/** What a Content-Type like `audio/L16;rate=48000;channels=1` says of raw PCM. */
export function linearPcm(contentType: string): Declared {
  const [mediaType = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  const parameter = (name: string) => {
    const text = parameters.find((part) => part.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    return text === undefined ? undefined : Number(text);
  };
  return {
    layout: LINEAR_TYPES[mediaType.toLowerCase()],
    rate: parameter("rate"),
    channels: parameter("channels"),
  };
}
