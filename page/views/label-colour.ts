import type { View } from "../session/view.ts";
import { categoryColour } from "./colours.ts";

/** A colour of its own for each name, by the keys' order. */
export function labelColour(view: View, label: string): string {
  const at = view.naming.names.indexOf(label);
  let sum = 0;
  for (const letter of label) sum = (sum * 31 + letter.charCodeAt(0)) % 97;
  return categoryColour(at === -1 ? 9 + sum : at);
}
