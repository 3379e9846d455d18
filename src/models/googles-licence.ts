/** What Google publishes VGGish, YAMNet and Humpback under. */
export const GOOGLES = {
  name: "Apache-2.0",
  redistribution: "The weights may be passed on with the licence's text.",
} as const;
