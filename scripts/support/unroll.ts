/** A loop that is written out: `$` and a letter counts from a number to a number. */
const LOOP = /\bfor \(let (\$[a-z]) = (\d+); \1 < (\d+); \1\+\+\) /g;
/** What holds no braces of the code's own, and the braces. */
const TOKEN = /\/\/.*|\/\*[\s\S]*?\*\/|"[^"\n]*"|[{}]/g;

/**
 * Writes out the loops over registers of an AssemblyScript source. The sums of a tile live in registers only as locals
 * with names of their own: no array holds them, and no function that is called can change them. A loop whose counter is
 * called `$` and a letter stands for its body once for each number, the number in place of the counter, in names too:
 *
 *     for (let $r = 0; $r < 6; $r++) {
 *       sum$r = madd(v128.load32_splat(a, 4 * $r), b, sum$r);
 *     }
 *
 * becomes `sum0 = madd(v128.load32_splat(a, 4 * 0), b, sum0);` and five more. The body's braces go, so that what it
 * declares is there afterwards. All stays in the lines where it was, for the compiler's messages. Throws an Error where a
 * loop has no end.
 */
export function unroll(source: string): string {
  let out = "";
  let at = 0;
  for (const loop of source.matchAll(LOOP)) {
    if (loop.index < at) continue; // inside the loop before
    const [header, counter = "", first, end] = loop;
    const from = loop.index + header.length;
    const to = endOfStatement(source, from);
    const statement = source.slice(from, to);
    const body = unroll(statement.startsWith("{") ? statement.slice(1, -1) : statement);
    const copies = Array.from({ length: Number(end) - Number(first) }, (_, i) =>
      (i === 0 ? body : onOneLine(body)).replaceAll(counter, String(Number(first) + i)),
    );
    out += source.slice(at, loop.index) + copies.join(" ");
    at = to;
  }
  return out + source.slice(at);
}

/** Where the block, loop or statement that begins at `from` ends. */
function endOfStatement(source: string, from: number): number {
  const nested = new RegExp(LOOP, "y");
  nested.lastIndex = from;
  if (nested.test(source)) return endOfStatement(source, nested.lastIndex);
  let end = source.indexOf(";", from) + 1;
  if (source[from] === "{") {
    const tokens = new RegExp(TOKEN);
    tokens.lastIndex = from;
    let depth = 0;
    do {
      const token = tokens.exec(source);
      end = token === null ? 0 : tokens.lastIndex;
      if (token?.[0] === "{") depth++;
      if (token?.[0] === "}") depth--;
    } while (depth > 0 && end > 0);
  }
  if (end > 0) return end;
  throw new Error(`A loop that is written out has no end: ${source.slice(from, from + 80)}`);
}

function onOneLine(body: string): string {
  return body.replaceAll(/\s*\/\/.*/g, "").replaceAll(/\s*\n\s*/g, " ");
}
