/** Apple's lossless codec. */
export { ALAC_CONFIG_BYTES, readAlacConfig } from "./alac-config.ts";
export { AlacUnits } from "./alac-units.ts";
