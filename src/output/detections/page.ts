import { counted } from "../../counted.ts";
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
  const classes = [...Map.groupBy(heard, ({ detection }) => detection.class)].sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = classes.map(
    (
      [name, own],
      at,
    ) => `<h2 id="class-${at}">${key(at)}${escaped(name)} <span class="soft">${counted(own.length, "event")}</span></h2>
<div class="row">${own.map((one) => card(one)).join("\n")}</div>`,
  );
  const links = classes.map(
    ([name, own], at) => `<a href="#class-${at}">${key(at)}${escaped(name)} (${own.length})</a>`,
  );
  const some = heard.length < of ? ` The ${heard.length} surest of ${of} are shown.` : "";
  const title = `What ${heads} found in ${collection}`;
  return standingPage(
    title,
    `<h1>${escaped(title)}</h1>
<p class="soft">${heard.length === 0 ? "Nothing." : "Of each class the surest first, by the largest probability of its windows."}${some}</p>
<nav>${links.join(" ")}</nav>
${sections.join("\n")}`,
  );
}

const key = (colour: number) => `<span class="key" style="background:var(--c${colour % 5})"></span>`;

function card({ detection, sound, picture }: Heard): string {
  const { recording, start, end, utc, peak, mean, windows, class: name, site } = detection;
  const when = utc === undefined ? "" : `<br>${new Date(utc).toISOString().replace("T", " ").slice(0, 19)} UTC`;
  const seen =
    picture === undefined
      ? ""
      : `<img src="${escaped(picture)}" alt="Spectrogram of ${escaped(name)} in ${escaped(recording)}" loading="lazy">`;
  const heard = sound === undefined ? "" : `<audio controls preload="none" src="${escaped(sound)}"></audio>`;
  return `<div class="card"><h3>${peak.toFixed(2)} <span class="soft">${escaped(recording)}</span></h3>
${seen}${heard}
<p class="soft">${(end - start).toFixed(2)} s from ${start.toFixed(2)} s${site === "" ? "" : `, ${escaped(site)}`}; ${counted(windows, "window")}, mean ${mean.toFixed(2)}${when}</p></div>`;
}
