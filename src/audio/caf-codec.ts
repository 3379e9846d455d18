import { OrcaError } from "../errors.ts";
import { AacUnits, readAacConfig } from "./aac/index.ts";
import { ALAC_CONFIG_BYTES, AlacUnits, readAlacConfig } from "./alac/index.ts";
import { type Description, malformed } from "./caf-format.ts";
import { moduleOf } from "./codecs.ts";
import { aacConfigIn } from "./mp4/index.ts";
import type { CodedOptions } from "./types.ts";
import type { UnitCodec } from "./units.ts";

/**
 * What decodes a file's packets. @param cookie  the kuki chunk's contents, and where they stand. @param source  where the sound
 * begins. Throws `unsupported_encoding`, `audio_malformed`.
 */
export function cafCodec(
  { kind, channels }: Description,
  { bytes: cookie, source: cookieAt }: { readonly bytes: Uint8Array; readonly source: number },
  source: number,
  { kernels, codecs, channel }: CodedOptions,
): UnitCodec {
  if (kind === "aac ") {
    const config = aacConfigIn(cookie, 0, cookie.length);
    if (config === undefined || !("start" in config)) throw malformed(cookieAt, "no configuration of its AAC (kuki)");
    const read = readAacConfig(cookie.subarray(config.start, config.end), cookieAt + config.start);
    return new AacUnits(moduleOf(codecs, "aac", source), read, channels, channel);
  }
  if (kind === "alac") {
    // Older files wrap it in a "frma" and an "alac" atom.
    const wrapped = String.fromCharCode(...cookie.subarray(4, 8)) === "frma";
    const config = cookie.subarray(wrapped ? 24 : 0);
    if (config.length < ALAC_CONFIG_BYTES) throw malformed(cookieAt, "no configuration of its ALAC (kuki)");
    return new AlacUnits(moduleOf(codecs, "alac", source), readAlacConfig(config, cookieAt), kernels, channel);
  }
  throw new OrcaError("unsupported_encoding", `The CAF file holds ${JSON.stringify(kind.trim())} (byte ${source}).`, {
    byteOffset: source,
    hint: "PCM, AAC-LC and ALAC are read. Convert it with: ffmpeg -i INPUT -vn -c:a flac OUTPUT.flac",
  });
}
