/** Pages that stand alone: no script or style from elsewhere, light and dark by the reader's choice. */

export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1c2430; --soft: #5d6876; --line: #dcdfe3; --card: #ffffff;
  --c0: #0b6e99; --c1: #c2571a; --c2: #2f7d4f; --c3: #8a4fa3; --c4: #b3324b; --warn: #8a5a00; --warn-paper: #fff4dc; }
@media (prefers-color-scheme: dark) { :root { --paper: #10151c; --ink: #e8ecf1; --soft: #9aa7b5; --line: #2a333e;
  --card: #171e27; --c0: #58b6e0; --c1: #f0935a; --c2: #6cc48d; --c3: #c594db; --c4: #f07f92; --warn: #f2c66d; --warn-paper: #33290f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
p { margin: .25rem 0 .75rem; max-width: 46rem; } .soft { color: var(--soft); }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); gap: 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; min-width: 0; overflow-wrap: anywhere; }
.card h3 { margin: 0 0 .5rem; font-size: 1rem; line-height: 1.35; } .card p { margin: .35rem 0 0; font-size: .875rem; line-height: 1.4; }
h2 .soft { font-size: 1rem; font-weight: 400; } nav a { color: inherit; margin-right: 1.25rem; white-space: nowrap; } a { text-underline-offset: .15em; } .figure { font-size: 1.75rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.warn { background: var(--warn-paper); color: var(--warn); border-radius: .4rem; padding: .35rem .6rem; margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } .wide { overflow-x: auto; }
th, td { text-align: left; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: baseline; }
th { color: var(--soft); font-weight: 550; } .numbers td, .numbers thead th:not(:first-child) { text-align: right; padding-right: 0; padding-left: .5rem; }
.card th { font-weight: 400; } .card h3 .soft { display: block; font-size: .875rem; font-weight: 400; } .card table { font-size: .8125rem; } .card th, .card td { white-space: normal; padding-top: .3rem; padding-bottom: .3rem; } .card tr:last-child > * { border-bottom: 0; }
.sites { max-width: 52rem; margin-top: 1rem; font-size: .875rem; } .few { opacity: .55; } svg { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font-size: 11px; }
.axis { stroke: var(--line); stroke-width: 1; fill: none; } .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
audio { width: 100%; height: 2.25rem; } img { width: 100%; border-radius: .35rem; background: #000; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-right: .4em; vertical-align: -.05em; }
`;

/** @param body  HTML, its texts escaped */
export function standingPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

export interface Curve {
  readonly name: string;
  /** x and y, 0 to 1. */
  readonly points: readonly (readonly [number, number])[];
  /** One of five colours. */
  readonly colour: number;
  /** Whether its points are marked: each by how much it stands for, 0 to 1. */
  readonly dots?: readonly number[];
  readonly dashed?: boolean;
}

export interface PictureOptions {
  /** Whether the line of what is right is drawn. */
  readonly diagonal?: boolean;
  /** Upright lines, at x, in one of five colours. */
  readonly marks?: readonly { readonly x: number; readonly colour: number }[];
}

/** Curves in a square of 0 to 1, as SVG. */
export function curvePicture(
  curves: readonly Curve[],
  x: string,
  y: string,
  { diagonal = false, marks = [] }: PictureOptions = {},
): string {
  const [left, top, size] = [52, 8, 196];
  const place = ([px, py]: readonly [number, number]) =>
    `${(left + size * px).toFixed(1)},${(top + size * (1 - py)).toFixed(1)}`;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const grid = ticks.map((at) => {
    const [gx, gy] = [left + size * at, top + size * (1 - at)];
    return `<path class="axis" d="M${gx},${top}V${top + size}M${left},${gy}H${left + size}"/><text x="${gx}" y="${top + size + 14}" text-anchor="middle">${at}</text><text x="${left - 6}" y="${gy + 4}" text-anchor="end">${at}</text>`;
  });
  const lines = curves.map(({ points, colour, dots, dashed }) => {
    const stroke = `var(--c${colour % 5})`;
    const circles = (dots ?? []).map((share, at) => {
      const [cx, cy] = place(points[at] as readonly [number, number]).split(",");
      return `<circle cx="${cx}" cy="${cy}" r="${(2 + 5 * Math.sqrt(share)).toFixed(1)}" fill="${stroke}"/>`;
    });
    const dash = dashed === true ? ' stroke-dasharray="5 3"' : "";
    return `<polyline class="curve" stroke="${stroke}"${dash} points="${points.map(place).join(" ")}"/>${circles.join("")}`;
  });
  const straight = diagonal
    ? `<path class="axis" stroke-dasharray="4 4" style="stroke:var(--soft)" d="M${left},${top + size}L${left + size},${top}"/>`
    : "";
  const upright = marks.map(
    (one) =>
      `<path class="axis" style="stroke:var(--c${one.colour % 5})" stroke-dasharray="1 3" d="M${(left + size * one.x).toFixed(1)},${top}V${top + size}"/>`,
  );
  return `<svg viewBox="0 0 256 248" role="img" aria-label="${escaped(`${y} by ${x}`)}">${grid.join("")}${straight}${upright.join("")}${lines.join("")}<text x="${left + size / 2}" y="243" text-anchor="middle">${escaped(x)}</text><text transform="translate(10 ${top + size / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text></svg>`;
}
