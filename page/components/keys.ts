import type { LabelKind } from "../../src/labels/index.ts";
import type { View } from "../session/view.ts";

/** Keys that mean the same everywhere on the screen, but in fields that are written in. */
export function onKeys(view: View): () => void {
  const key = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (
      event.defaultPrevented ||
      target.closest("input:not([type=checkbox]):not([type=range]), select, textarea") !== null
    )
      return;
    if (act(view, event, target)) event.preventDefault();
  };
  addEventListener("keydown", key);
  return () => removeEventListener("keydown", key);
}

function act(view: View, event: KeyboardEvent, target: HTMLElement): boolean {
  const { key, code, ctrlKey, metaKey, shiftKey, altKey } = event;
  const { session, labels } = view;
  if ((ctrlKey || metaKey) && key.toLowerCase() === "z") {
    if (shiftKey) labels.redo();
    else labels.undo();
    return true;
  }
  if ((ctrlKey || metaKey) && key.toLowerCase() === "y") {
    labels.redo();
    return true;
  }
  if (ctrlKey || metaKey) return false;
  // By the key's place, because Shift and Alt make other characters of it.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  if (digit !== undefined) {
    const name = view.naming.names[Number(digit) - 1];
    const kind: LabelKind = shiftKey ? "negative" : altKey ? "uncertain" : "positive";
    if (name === undefined) session.say(`The key ${digit} has no name: give it one in the list of labels.`);
    else view.label(name, kind);
    return true;
  }
  if (altKey) return false;
  if (key === "f" || key === "F") {
    void view.hits.find();
    return true;
  }
  if (key === "t" || key === "T") {
    void view.detector.train();
    return true;
  }
  if (key === "[" || key === "]") {
    const at = session.shown === undefined ? -1 : session.recordings.indexOf(session.shown);
    const next = session.recordings[at + (key === "]" ? 1 : -1)];
    if (next !== undefined) view.open(next);
    return true;
  }
  // A button's own key presses it.
  if (key === " " && target.closest("button, summary, [role=slider]") === null) {
    if (view.playback.player.playing !== undefined) view.silence();
    else if (view.selection !== undefined) void view.hearFrom(view.selection.start, view.selection.end);
    else if (session.shown !== undefined) void view.hearFrom(view.span(session.shown)[0]);
    return true;
  }
  return false;
}
