import { magma } from "../../src/output/colour.ts";

/**
 * Viridis, matplotlib's perceptually uniform colour map (Nathaniel Smith, Stéfan van der Walt and Eric Firing, CC0), at
 * eleven stops, with straight lines between.
 */
const VIRIDIS = [
  0x440154, 0x482475, 0x414487, 0x355f8d, 0x2a788e, 0x21918c, 0x22a884, 0x44bf70, 0x7ad151, 0xbddf26, 0xfde725,
] as const;

function viridis(value: number): readonly [number, number, number] {
  const at = Math.max(0, Math.min(1, value)) * (VIRIDIS.length - 1);
  const index = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const [low, high] = [VIRIDIS[index] as number, VIRIDIS[index + 1] as number];
  const mix = (shift: number) => {
    const from = (low >> shift) & 255;
    return Math.round(from + (((high >> shift) & 255) - from) * (at - index));
  };
  return [mix(16), mix(8), mix(0)];
}

/** 256 colours as the pixels of ImageData (little-endian RGBA). */
function pixels(map: (value: number) => readonly [number, number, number]): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, at) => {
    const [red, green, blue] = map(at / 255);
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}
export const MAGMA_PIXELS = pixels(magma);
export const VIRIDIS_PIXELS = pixels(viridis);
/** Dark is loud, as on paper. */
export const GREY_PIXELS = pixels((value) => {
  const shade = Math.round(255 * (1 - value));
  return [shade, shade, shade];
});

/** A colour of viridis for drawing. */
export const viridisCss = (value: number) => `rgb(${viridis(value).join(" ")})`;

/** Okabe and Ito's eight colours, told apart with every kind of colour vision; without the black. */
export const CATEGORIES = ["#009e73", "#e69f00", "#cc79a7", "#0072b2", "#d55e00", "#56b4e9", "#f0e442"] as const;
export const OTHER = "#8a9499";

/** A colour of its own for each of many categories: those seven, then hues a golden angle apart, in turn light and dark. */
export function categoryColour(at: number): string {
  return (
    CATEGORIES[at] ?? hsl((at * 137.508) % 360, 0.45 + 0.2 * (at % 2), at % 3 === 0 ? 0.38 : at % 3 === 1 ? 0.55 : 0.7)
  );
}

function hsl(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const at = (offset + hue / 30) % 12;
    const value = lightness - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

/** #rrggbb as a pixel of ImageData. */
export function pixelOf(hex: string): number {
  const value = Number.parseInt(hex.slice(1), 16);
  return ((255 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/** The pixel of a share, 0 to 1, in viridis. */
export const viridisPixel = (value: number) =>
  VIRIDIS_PIXELS[Math.round(255 * Math.max(0, Math.min(1, value)))] as number;

/** The page's own colours, from its style sheet: they follow light and dark. */
export interface Theme {
  readonly panel: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly wave: string;
  /** Behind pictures that are not there yet. */
  readonly ground: string;
  /** What is marked on a picture, which is dark in light as in dark. */
  readonly mark: string;
}

let theme: Theme | undefined;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  theme = undefined;
});

export function currentTheme(): Theme {
  if (theme !== undefined) return theme;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  theme = {
    panel: colour("panel"),
    ink: colour("ink"),
    quiet: colour("quiet"),
    line: colour("line"),
    accent: colour("accent"),
    wave: colour("wave"),
    ground: colour("ground"),
    mark: colour("mark"),
  };
  return theme;
}

export const FONT = "12px system-ui, sans-serif";
