import type { ChosenHeads } from "../../embed/index.ts";
import { type EventRule, runningClasses } from "../../heads/index.ts";
import { hopSeconds, type ModelDescription, windowSeconds } from "../../models/index.ts";

const PLAIN: EventRule = { shortest: 0, gap: 0, windows: 1 };

/**
 * How far before the place where a run ended the next one begins, so that it finds again what was going on there, and how
 * far from each other the two may find one event. Seconds.
 * @param pad  of sound before an event
 */
export function rewindOf(model: ModelDescription, heads: ChosenHeads, pad: number) {
  const [window, hop] = [windowSeconds(model), hopSeconds(model)];
  const trained = heads.trained.flatMap(({ head }) => runningClasses(head, heads).map(({ rule }) => rule));
  const rules = [...trained, { ...PLAIN, ...heads.events }];
  const most = (of: (rule: EventRule) => number) => rules.reduce((largest, rule) => Math.max(largest, of(rule)), 0);
  const back = most(({ windows, of = windows, gap, shortest }) => of * hop + gap + shortest);
  return { seconds: window + hop + pad + back, apart: most(({ gap }) => gap) + window };
}
