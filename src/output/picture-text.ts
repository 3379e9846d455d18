/** Characters of axes, five columns and seven rows each: `#` is ink. */
const GLYPHS: Readonly<Record<string, string>> = {
  "0": ".###.#...##..###.#.###..##...#.###.",
  "1": "..#...##....#....#....#....#...###.",
  "2": ".###.#...#....#...#...#...#...#####",
  "3": "#####...#...#.....#.....##...#.###.",
  "4": "...#...##..#.#.#..#.#####...#....#.",
  "5": "######....####.....#....##...#.###.",
  "6": "..##..#...#....####.#...##...#.###.",
  "7": "#####....#...#...#...#....#....#...",
  "8": ".###.#...##...#.###.#...##...#.###.",
  "9": ".###.#...##...#.####....#...#..##..",
  ".": "..........................##...##..",
  k: "#....#....#..#.#.#..##...#.#..#..#.",
  H: "#...##...##...#######...##...##...#",
  z: "..........#####...#...#...#...#####",
  s: "...........#####.....###.....#####.",
};

const [COLUMNS, ROWS] = [5, 7];
/** Pixels a side that a glyph's dot has. */
const DOT = 2;

export const TEXT_HEIGHT = ROWS * DOT;
export const textWidth = (text: string): number => (text.length * (COLUMNS + 1) - 1) * DOT;

/** Writes digits and units into a picture through `ink`, which colours a pixel. @param x, y  the text's upper left corner */
export function drawText(text: string, x: number, y: number, ink: (x: number, y: number) => void): void {
  for (const [at, character] of [...text].entries()) {
    const glyph = GLYPHS[character] ?? "";
    for (let dot = 0; dot < glyph.length; dot++) {
      if (glyph[dot] !== "#") continue;
      const left = x + (at * (COLUMNS + 1) + (dot % COLUMNS)) * DOT;
      const top = y + Math.floor(dot / COLUMNS) * DOT;
      for (let pixel = 0; pixel < DOT * DOT; pixel++) ink(left + (pixel % DOT), top + Math.floor(pixel / DOT));
    }
  }
}
