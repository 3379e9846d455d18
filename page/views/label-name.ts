import type { Annotation } from "../../src/labels/index.ts";

/** A label with its kind, where that is not that it is heard. */
export const labelName = ({ label, kind }: Annotation) =>
  kind === "positive" ? label : kind === "negative" ? `not ${label}` : `${label}?`;
