import type { ChosenHeads } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { operatorsHead } from "../heads/index.ts";
import type { ModelStore } from "../models/index.ts";
import type { HEADS, ValuesOf } from "../options/index.ts";

export type HeadsRequest = Pick<ValuesOf<typeof HEADS>, keyof typeof HEADS>;

/** The operator's heads that a query names. Throws `bad_option` where there are none of these names, `head_invalid`. */
export async function namedHeads(
  store: ModelStore,
  { heads = [], detect = [], site, events }: HeadsRequest,
): Promise<{ readonly heads?: ChosenHeads }> {
  if (heads.length === 0 && detect.length === 0) {
    if (site === undefined && events === undefined) return {};
    const field = site === undefined ? "events" : "site";
    throw new OrcaError("bad_option", `${field}= is for heads, and none is named.`, {
      field,
      hint: "Give heads= or detect=, or leave it away.",
    });
  }
  const trained = await Promise.all(heads.map((name) => operatorsHead(store, name)));
  return { heads: { trained, rules: detect, site, events } };
}
