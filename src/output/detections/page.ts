import { escaped, standingPage } from "../html.ts";
import type { Detection } from "./detection.ts";

/** A detection with its sound and picture, by their paths from the page. */
export interface Heard {
  readonly detection: Detection;
  readonly sound?: string;
  readonly picture?: string;
}

/** A page to listen through what was found, the surest first. */
export function detectionsPage(collection: string, heads: string, heard: readonly Heard[], of: number): string {
  const cards = heard.map(({ detection, sound, picture }) => {
    const { recording, start, end, utc, peak, mean, windows, class: name, site } = detection;
    const when =
      utc === undefined ? `${start.toFixed(2)} s` : new Date(utc).toISOString().replace("T", " ").slice(0, 19);
    return `<div class="card"><h3>${escaped(name)} · ${peak.toFixed(2)}</h3>
${picture === undefined ? "" : `<img src="${escaped(picture)}" alt="Spectrogram of ${escaped(name)} in ${escaped(recording)}" loading="lazy">`}
${sound === undefined ? "" : `<audio controls preload="none" src="${escaped(sound)}"></audio>`}
<div class="soft">${escaped(when)} · ${(end - start).toFixed(2)} s · ${windows} ${windows === 1 ? "window" : "windows"}, mean ${mean.toFixed(2)}</div>
<div class="soft">${escaped(recording)} from ${start.toFixed(2)} s${site === "" ? "" : ` · ${escaped(site)}`}</div></div>`;
  });
  const counts = [...Map.groupBy(heard, ({ detection }) => detection.class)].map(
    ([name, list]) => `${list.length} ${name}`,
  );
  const some = heard.length < of ? ` The ${heard.length} surest of ${of} are shown.` : "";
  const title = `What ${heads} found in ${collection}`;
  return standingPage(
    title,
    `<h1>${escaped(title)}</h1>
<p class="soft">${escaped(counts.join(", ") || "Nothing")}.${some}</p>
<div class="row">${cards.join("\n")}</div>`,
  );
}
