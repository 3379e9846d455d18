/** A line of the legend, or the two ends of a scale. */
export type Legend =
  | { readonly kind: "scale"; readonly low: string; readonly high: string }
  | {
      readonly kind: "names";
      readonly names: readonly { readonly name: string; readonly colour: string; readonly count?: number }[];
    };

/** The colour of each point as a pixel, and what the colours mean. */
export interface Colours {
  readonly colour: Uint32Array;
  readonly legend: Legend;
}
