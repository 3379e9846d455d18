import { KEY_END, type NameRules } from "../../convert/readers/index.ts";
import { vggishShapes } from "./net.ts";

/** The module keeps its variables as a list, in the order in which vggish_slim.py makes them (vggish_export_tfhub.py). */
export function vggishNames(): NameRules {
  const expected = [...vggishShapes().keys()];
  const listed = new RegExp(`(?:^|/)_?variables/(\\d+)${KEY_END}`);
  return { expected, fromName: (name) => name, fromKey: ({ key }) => expected[Number(listed.exec(key)?.[1] ?? -1)] };
}
