import { type ModelEntry, weightsDigest } from "../models/index.ts";
import type { Layout, Made, Sink } from "./made.ts";
import type { OptionSet } from "./option.ts";

/** What decides the numbers of a model's results, or the looks of a format: names and values as a manifest holds them. */
export type Settings = Readonly<Record<string, string>>;

/** What decides a model's numbers: the options that say so, and the weights. */
export function modelSettings(set: OptionSet, entry: ModelEntry, made: Made): Settings {
  const { description, components, variants } = entry;
  const settings: Record<string, string> = {};
  for (const { name, decides, models } of Object.values(set)) {
    if (decides === undefined || !("numbers" in decides) || models?.fits(description) === false) continue;
    const text = decides.text(made, description);
    if (text !== undefined) settings[decides.as ?? name] = text;
  }
  const form = variants[made.variant];
  return {
    ...settings,
    ...(made.options.postprocess === "pca" ? { pca: components?.sha256 ?? "" } : {}),
    // What is not there is said when it is to be loaded.
    weights: form === undefined ? "" : weightsDigest(form),
  };
}

/** What decides how results look, beside the numbers. */
export function formatSettings(set: OptionSet, sink: Sink, layout: Layout): Settings {
  const settings: Record<string, string> = {};
  for (const { name, decides } of Object.values(set)) {
    if (decides === undefined || !("looks" in decides)) continue;
    const text = sink === "collection" ? undefined : decides.looks[sink];
    if (text !== undefined) settings[name] = text(layout);
  }
  return settings;
}

/** The first name whose values differ, in words, or undefined. */
export function difference(had: Settings, wanted: Settings): string | undefined {
  for (const name of new Set([...Object.keys(had), ...Object.keys(wanted)])) {
    const [before, now] = [had[name], wanted[name]];
    if (before !== now) return `${name} ${shown(before)}, and this run asks for ${name} ${shown(now)}`;
  }
  return undefined;
}

const shown = (value: string | undefined) =>
  value === undefined || value === "" ? "none" : /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : value;
