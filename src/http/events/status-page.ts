import { html, raw } from "hono/html";
import { inWords, LocalTime } from "../../watch/index.ts";
import type { DeliveryStatus, HydrophoneStatus, WatchStatus } from "./status.ts";
import { EVERY, REFRESH, refreshSource } from "./status-refresh.ts";
import { STATUS_STYLE } from "./status-style.ts";

/** Where it is served. */
export const STATUS_PAGE = "/watch";

type Markup = ReturnType<typeof html>;

/** A time in words: without its date where it is of today. Seconds are shown where they are asked for. */
type Clock = (iso: string, seconds?: boolean) => string;

function clockOf(zone: string, now: number): Clock {
  const time = new LocalTime(zone);
  const { day: today } = time.at(now);
  return (iso, seconds = false) => {
    const utc = Date.parse(iso);
    const text = time.text(utc);
    const shown = time.at(utc).day === today ? text.slice(text.indexOf(" ") + 1) : text;
    // Zones differ by whole minutes.
    return seconds ? `${shown}:${iso.slice(17, 19)}` : shown;
  };
}

/** Nothing is loaded but the page itself anew; its own script runs, and nobody frames it. */
const policy = async () =>
  `default-src 'none'; style-src 'unsafe-inline'; script-src ${await refreshSource()}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** What states are called, and whether they are well. */
const STATES: Readonly<Record<string, readonly [string, "well" | "wait" | "bad"]>> = {
  live: ["Live", "well"],
  waiting: ["Waiting for sound", "wait"],
  resting: ["Resting by its hours", "wait"],
  ended: ["Ended; it is asked again", "wait"],
  unheard: ["Starting", "wait"],
  failed: ["Cannot be heard", "bad"],
};

/** What troubles are called. */
const KINDS: Readonly<Record<string, string>> = {
  gone: "No sound",
  silent: "Silent",
  stuck: "Stuck",
  clipped: "Too loud",
  offset: "Offset",
};

/** How a watch does, as a page for people: one small script, light and dark, any width. */
export async function statusPage(status: WatchStatus): Promise<Response> {
  const body = await document(status);
  return new Response(String(body), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": await policy(),
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}

function document(status: WatchStatus): Markup {
  const { zone, hydrophones, deliveries } = status;
  const now = Date.parse(status.at);
  const time = clockOf(zone, now);
  const date = new LocalTime(zone).text(now);
  const wrong = hydrophones.filter((one) => stateOf(one)[1] === "bad" || (one.troubles ?? []).length > 0);
  const lost = deliveries.filter(({ undelivered, problems }) => undelivered > 0 || problems.length > 0);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<noscript><meta http-equiv="refresh" content="${EVERY}"></noscript>
<title>${wrong.length + lost.length > 0 ? "Trouble" : "All is well"} – hydrophone watch</title>
<style>${raw(STATUS_STYLE)}</style>
</head>
<body>
<header>
<h1>Hydrophone watch</h1>
<p class="sum ${wrong.length + lost.length > 0 ? "bad" : "well"}">${summary(hydrophones.length, wrong, lost)}</p>
</header>
<main>
${hydrophones.map((one) => card(one, time))}
<section class="wide">
<h2>Deliveries</h2>
${deliveries.length === 0 ? html`<p>Nobody is told: no deliveries are set.</p>` : deliveryTable(deliveries, time)}
</section>
</main>
<footer>Times are of ${zone}, ${date} now. The page is made anew every ${EVERY} s. For programs:
<a href="/v1/watch">/v1/watch</a>, <a href="/metrics">/metrics</a>.</footer>
<script>${raw(REFRESH)}</script>
</body>
</html>`;
}

function summary(count: number, wrong: readonly HydrophoneStatus[], lost: readonly DeliveryStatus[]): string {
  const parts = [
    ...(wrong.length > 0 ? [`something is wrong with ${wrong.map(({ title }) => title).join(", ")}`] : []),
    ...(lost.length > 0 ? [`messages do not arrive at ${[...new Set(lost.map(({ name }) => name))].join(", ")}`] : []),
  ];
  if (parts.length === 0) return `All is well with ${count === 1 ? "the hydrophone" : `all ${count} hydrophones`}.`;
  const text = parts.join(", and ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const stateOf = ({ state }: HydrophoneStatus) => STATES[state] ?? ([state, "wait"] as const);

function card(one: HydrophoneStatus, time: Clock): Markup {
  const [state, kind] = stateOf(one);
  const { title, place, name, message, since, heard, behindSeconds, troubles = [], gaps, eventsToday } = one;
  const today = (one.classesToday ?? []).map((of) => `${of.class} ${of.count}`).join(", ");
  const heardWords = heard === undefined ? "Nothing yet" : time(heard, true);
  return html`<section>
<h2>${title}<span class="state ${kind}">${state}</span></h2>
${place === undefined ? "" : html`<p class="quiet">${place}</p>`}
${message === undefined || troubles.some(({ kind: of }) => of === "gone") ? "" : html`<p class="note">${message}${since === undefined ? "" : ` Since ${time(since)}.`}</p>`}
${troubles.map((trouble) => html`<p class="note bad"><strong>${KINDS[trouble.kind] ?? trouble.kind}.</strong> ${trouble.message} Since ${time(trouble.since)}.</p>`)}
<dl>
<div><dt>Last sound</dt><dd>${heardWords}</dd></div>
<div><dt>Behind live</dt><dd>${behindSeconds === undefined ? "–" : inWords(behindSeconds)}</dd></div>
<div><dt>Events today</dt><dd>${eventsToday}${today === "" ? "" : html` <small>${today}</small>`}</dd></div>
</dl>
${one.events.length === 0 ? html`<p class="quiet">No event so far.</p>` : eventTable(one, name, time)}
${thresholdNotes(one)}
${gaps.length === 0 ? "" : html`<details><summary>Last gaps</summary><ul>${gaps.map((gap) => html`<li>${gap.utc === undefined ? "" : `${time(gap.utc)}: `}${gap.seconds === undefined ? "" : `${inWords(gap.seconds)}. `}${gap.message}</li>`)}</ul></details>`}
</section>`;
}

/** What is suggested: it is shown, and set by the operator alone. */
function thresholdNotes({ thresholds = [] }: HydrophoneStatus): Markup | string {
  if (thresholds.length === 0) return "";
  const day = (count: number | undefined) =>
    count === undefined ? "?" : count < 10 ? count.toFixed(1) : count.toFixed(0);
  return html`<details><summary>Thresholds</summary><ul>${thresholds.map(
    (
      one,
    ) => html`<li>${one.class} <small>${one.head}</small>: ${one.threshold}${one.set === undefined ? "" : `, set by ${one.set.by}`}.
${one.suggested === undefined || one.suggested === one.threshold ? "" : `The last ${one.days} days suggest ${one.suggested}: about ${day(one.falseAlarmsADayThen)} false alarms a day instead of ${day(one.falseAlarmsADay)}.`}
${one.missed === 0 ? "" : `${one.missed} of ${one.confirmed} confirmed events lie below.`}
${one.unjudged === 0 ? "" : `${one.unjudged} events were judged by nobody, and count as neither.`}</li>`,
  )}</ul></details>`;
}

function eventTable({ events }: HydrophoneStatus, name: string, time: Clock): Markup {
  return html`<table>
<thead><tr><th>When</th><th>What</th><th class="number">Probability</th><th>Sound</th></tr></thead>
<tbody>
${events.map(
  (event) => html`<tr>
<td><time datetime="${event.utc}">${time(event.utc, true)}</time></td>
<td>${event.class}${event.phase === "begin" ? html` <small>goes on</small>` : ""}${event.verdict === undefined ? "" : html` <small>${event.verdict}</small>`}${event.suppressed === undefined ? "" : html` <small>not told: ${event.suppressed}</small>`}</td>
<td class="number">${event.peak.toFixed(2)}</td>
<td>${event.sound ? html`<a href="/v1/hydrophones/${name}/events/${event.id}/sound">${event.seconds.toFixed(1)} s</a>` : "–"}</td>
</tr>`,
)}
</tbody>
</table>`;
}

function deliveryTable(deliveries: readonly DeliveryStatus[], time: Clock): Markup {
  const own = deliveries.some(({ hydrophone }) => hydrophone !== undefined);
  return html`<table>
<thead><tr><th>To</th><th class="number">Arrived</th><th class="number">Waiting</th><th class="number">Not delivered</th><th>Last arrived</th></tr></thead>
<tbody>
${deliveries.map(
  ({ name, kind, hydrophone, delivered, due, undelivered, lastDelivered, problems }) => html`<tr>
<td>${name} <small>${kind}${own && hydrophone !== undefined ? `, of ${hydrophone}` : ""}</small></td>
<td class="number">${delivered}</td><td class="number">${due}</td><td class="number ${undelivered > 0 ? "bad" : ""}">${undelivered}</td>
<td>${lastDelivered === undefined ? "–" : time(lastDelivered)}</td>
</tr>
${problems.map(
  (one) =>
    html`<tr class="problem"><td colspan="5">${one.kind} of ${time(one.created)}: ${one.said ?? ""} (attempt ${one.attempts}${one.next === undefined ? ", given up" : `, again ${time(one.next)}`})</td></tr>`,
)}`,
)}
</tbody>
</table>`;
}
