import { counted } from "../counted.ts";
import { type CallDensity, type JudgedClass, type JudgedSite, type Judgement, timeOf } from "../heads/index.ts";
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

/** A head's figures of one class; `at` is its colour. */
interface Own {
  readonly at: number;
  readonly id: string;
  readonly found: JudgedClass;
  readonly calls: CallDensity | undefined;
}
type OperatingPoint = JudgedClass["points"][number];

const figure = (value: number | null, digits = 3) => (value === null ? "–" : value.toFixed(digits));
const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
const percent = (share: number | null) => (share === null ? "–" : `${(100 * share).toFixed(0)} %`);

/** A judgement as one HTML file with pictures. */
export function judgementPage({ collection, model, made, heads }: JudgementReport): string {
  const names = [...new Set(heads.flatMap(({ judgement }) => judgement.classes.map(({ name }) => name)))];
  const title = `${heads.map(({ id }) => id).join(" and ")} on ${collection}`;
  const top = heads.map(
    ({ id, how, judgement }, at) => `<div class="card"><h3>${key(at)}${escaped(id)}</h3>
<div class="figure">${figure(judgement.averagePrecision)}</div>
<p class="soft">cmAP: the mean of the classes' average precision, of those that can be judged. ROC-AUC ${figure(judgement.rocAuc)}.</p>
<p class="soft">${escaped(sentence(how))}</p></div>`,
  );
  const sections = names.map((name) => {
    const own = heads.flatMap((head, at) => {
      const found = head.judgement.classes.find((one) => one.name === name);
      return found === undefined ? [] : [{ at, id: head.id, found, calls: head.calls?.[name] }];
    });
    const curve = ({ at, id, found }: Own, of: (point: OperatingPoint) => readonly [number, number]) => ({
      name: id,
      colour: at,
      points: found.points.map(of),
    });
    const curves = own.map((one) => curve(one, ({ recall, precision }) => [recall, precision]));
    const reliable = own.map(({ at, id, found }) => ({
      name: id,
      colour: at,
      dots: found.reliability.map(({ count }) => count / Math.max(...found.reliability.map((bin) => bin.count))),
      points: found.reliability.map(({ promised, observed }) => [promised, observed] as const),
    }));
    const byThreshold = own.flatMap((one) => [
      curve(one, ({ threshold, precision }) => [threshold, precision]),
      { ...curve(one, ({ threshold, recall }) => [threshold, recall]), dashed: true },
    ]);
    const marks = own.map(({ at, found }) => ({ x: found.threshold, colour: at }));
    const warnings = own.flatMap(({ id, found }) =>
      found.tooFew === undefined
        ? []
        : [
            `<p class="warn">${escaped(id)}: ${escaped(found.tooFew)}. No figure here says how it does on the next recording.</p>`,
          ],
    );
    const [{ found } = { found: undefined }] = own;
    const counts =
      found === undefined
        ? ""
        : ` <span class="soft">${counted(found.positives, "window")} with it, of ${counted(found.positiveGroups, "recording")}; ${found.negatives} without, of ${found.negativeGroups}</span>`;
    return `<h2>${escaped(name)}${counts}</h2>${warnings.join("")}
<div class="row"><div class="card"><h3>At the threshold</h3>${figuresTable(own)}</div>
<div class="card"><h3>Precision by recall</h3>${curvePicture(curves, "recall", "precision")}</div>
<div class="card"><h3>By threshold</h3>${curvePicture(byThreshold, "threshold", "precision (dashed: recall)", { marks })}</div>
<div class="card"><h3>Are probabilities right?</h3>${curvePicture(reliable, "what it promised", "what was", { diagonal: true })}</div></div>
${siteTable(own)}`;
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

/** Figures of a class, a column for each head. */
function figuresTable(own: readonly Own[]): string {
  const row = (name: string, of: (one: Own) => string) =>
    `<tr><th scope="row">${name}</th>${own.map((one) => `<td${one.found.tooFew === undefined ? "" : ' class="few"'}>${of(one)}</td>`).join("")}</tr>`;
  const heads = own.map(({ at, id }) => `<th scope="col">${key(at)}${escaped(id)}</th>`).join("");
  const calls = own.some((one) => one.calls !== undefined)
    ? row("windows with a call", ({ calls: of }) =>
        of === undefined ? "–" : `${percent(of.density)} (${percent(of.low)} to ${percent(of.high)})`,
      )
    : "";
  return `<table class="numbers"><thead><tr><th></th>${heads}</tr></thead><tbody>
${row("threshold", ({ found }) => figure(found.threshold))}${row("precision", ({ found }) => percent(found.precision))}
${row("recall", ({ found }) => percent(found.recall))}${row("false windows", ({ found }) => alarms(found))}
${row("ROC-AUC", ({ found }) => figure(found.rocAuc))}${row("average precision", ({ found }) => figure(found.averagePrecision))}
${row("calibration error", ({ found }) => figure(found.calibrationError))}${calls}</tbody></table>
<p class="soft">Windows that nobody labelled count as background.</p>`;
}

/** False windows an hour: of little background it is no rate, and they are counted. */
function alarms({ falseAlarmsPerHour: rate, backgroundHours: hours }: JudgedClass | JudgedSite): string {
  if (rate === null) return "–";
  return `${hours >= 1 ? `${figure(rate, 1)} an hour` : Math.round(rate * hours)} in ${timeOf(hours)} of background`;
}

/** A class's figures by site, where there are several. */
function siteTable(own: readonly Own[]): string {
  const rows = own.flatMap(({ at, id, found }) =>
    found.sites.map((one) => {
      const cells = [
        `${one.positives}, ${one.negatives}`,
        figure(one.rocAuc),
        figure(one.averagePrecision),
        alarms(one),
      ];
      const few = one.tooFew === undefined ? "" : ' class="few"';
      const site = `${escaped(one.site === "" ? "(no site)" : one.site)}${one.tooFew === undefined ? "" : " †"}`;
      return `<tr${few}><td>${site}</td><td>${key(at)}${escaped(id)}</td>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
    }),
  );
  if (rows.length === 0) return "";
  const note = own.some(({ found }) => found.sites.some(({ tooFew }) => tooFew !== undefined))
    ? '<p class="soft">† Too few recordings to judge.</p>'
    : "";
  const columns = ["site", "head", "with, without", "ROC-AUC", "average precision", "false windows"];
  return `<div class="wide sites"><table><thead><tr>${columns.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>${note}</div>`;
}
