import type { CallDensity, JudgedClass, Judgement } from "../heads/index.ts";
import { curvePicture, escaped, standingPage } from "./html.ts";

/** What a report is of. */
export interface JudgementReport {
  readonly collection: string;
  readonly model: string;
  /** ISO 8601. */
  readonly made: string;
  readonly heads: readonly {
    readonly id: string;
    readonly sha256: string;
    readonly how: string;
    readonly judgement: Judgement;
    readonly calls?: Readonly<Record<string, CallDensity>>;
  }[];
}

const figure = (value: number | null, digits = 3) => (value === null ? "–" : value.toFixed(digits));
const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(0)} %`);

/** A judgement as one HTML file with pictures. */
export function judgementPage({ collection, model, made, heads }: JudgementReport): string {
  const names = [...new Set(heads.flatMap(({ judgement }) => judgement.classes.map(({ name }) => name)))];
  const title = `${heads.map(({ id }) => id).join(" and ")} on ${collection}`;
  const top = heads.map(
    ({ id, how, judgement }, at) => `<div class="card"><h3>${key(at)}${escaped(id)}</h3>
<div class="figure">${figure(judgement.averagePrecision)}</div><div class="soft">cmAP: mean average precision of the classes that can be judged</div>
<p class="soft">ROC-AUC ${figure(judgement.rocAuc)}. Judged by ${escaped(how)}.</p></div>`,
  );
  const sections = names.map((name) => {
    const own = heads.flatMap((head, at) => {
      const found = head.judgement.classes.find((one) => one.name === name);
      return found === undefined ? [] : [{ at, id: head.id, found, calls: head.calls?.[name] }];
    });
    const curves = own.map(({ at, id, found }) => ({
      name: id,
      colour: at,
      points: found.points.map(({ recall, precision }) => [recall, precision] as const),
    }));
    const reliable = own.map(({ at, id, found }) => ({
      name: id,
      colour: at,
      dots: true,
      points: found.reliability.map(({ promised, observed }) => [promised, observed] as const),
    }));
    const byThreshold = own.flatMap(({ at, id, found }) => [
      { name: id, colour: at, points: found.points.map(({ threshold, precision }) => [threshold, precision] as const) },
      { name: id, colour: at + 2, points: found.points.map(({ threshold, recall }) => [threshold, recall] as const) },
    ]);
    const warnings = own.flatMap(({ id, found }) =>
      found.tooFew === undefined
        ? []
        : [
            `<p class="warn">${escaped(id)}: ${escaped(found.tooFew)}. No figure here says how it does on the next recording.</p>`,
          ],
    );
    return `<h2>${escaped(name)}</h2>${warnings.join("")}
<div class="row"><div class="card"><h3>Precision by recall</h3>${curvePicture(curves, "recall", "precision")}</div>
<div class="card"><h3>By threshold: precision ${key(0)} and recall ${key(2)}</h3>${curvePicture(byThreshold, "threshold", "share")}</div>
<div class="card"><h3>Are its probabilities right?</h3>${curvePicture(reliable, "what it promised", "what was", true)}</div></div>
<div class="wide"><table><tr><th>head</th><th>windows with, without</th><th>recordings</th><th>ROC-AUC</th><th>average precision</th><th>threshold</th><th>precision</th><th>recall</th><th>false windows an hour</th><th>calibration error</th><th>windows with a call</th></tr>
${own.map(({ at, id, found, calls }) => classRow(at, id, found, calls)).join("\n")}</table></div>
${own.map(({ id, found }) => siteTable(id, found)).join("")}`;
  });
  const about = heads.map(({ id, sha256 }) => `${escaped(id)} (${sha256.slice(0, 12)}…)`).join(", ");
  return standingPage(
    title,
    `<h1>${escaped(title)}</h1>
<p class="soft">Embeddings of ${escaped(model)}. ${about}. ${escaped(made.slice(0, 16).replace("T", " "))} UTC.</p>
<div class="row">${top.join("")}</div>
${sections.join("\n")}`,
  );
}

const key = (colour: number) => `<span class="key" style="background:var(--c${colour % 5})"></span>`;

function classRow(at: number, id: string, one: JudgedClass, calls: CallDensity | undefined): string {
  const density =
    calls === undefined ? "–" : `${percent(calls.density)} (${percent(calls.low)} to ${percent(calls.high)})`;
  const cells = [
    `${one.positives}, ${one.negatives}`,
    `${one.positiveGroups}, ${one.negativeGroups}`,
    figure(one.rocAuc),
    figure(one.averagePrecision),
    figure(one.threshold),
    percent(one.precision),
    percent(one.recall),
    figure(one.falseAlarmsPerHour, 1),
    figure(one.calibrationError),
    density,
  ];
  return `<tr><td>${key(at)}${escaped(id)}</td>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
}

function siteTable(id: string, { sites }: JudgedClass): string {
  if (sites.length === 0) return "";
  const rows = sites.map(
    (one) =>
      `<tr><td>${escaped(one.site === "" ? "(no site)" : one.site)}</td><td>${one.positives}, ${one.negatives}</td><td>${figure(one.rocAuc)}</td><td>${figure(one.averagePrecision)}</td><td>${figure(one.falseAlarmsPerHour, 1)}</td><td class="soft">${escaped(one.tooFew ?? "")}</td></tr>`,
  );
  return `<div class="wide"><table><tr><th>${escaped(id)} by site</th><th>windows with, without</th><th>ROC-AUC</th><th>average precision</th><th>false windows an hour</th><th></th></tr>${rows.join("")}</table></div>`;
}
