import type { ModelClass } from "../../src/models/index.ts";

/** Made-up names for YAMNet's 521 classes; the published list is not the project's. */
export function namedClasses(word = "Sound"): ModelClass[] {
  return Array.from({ length: 521 }, (_, at) => ({ id: `/m/${at}`, name: `${word} ${at}, as heard` }));
}

/** The same as yamnet_class_map.csv has its own. */
export function classMapCsv(word?: string): string {
  const rows = namedClasses(word).map(({ id, name }, at) => `${at},${id},"${name}"\n`);
  return `index,mid,display_name\n${rows.join("")}`;
}
