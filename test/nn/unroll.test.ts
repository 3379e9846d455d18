import { expect, test } from "vitest";
import { unroll } from "../../scripts/support/unroll.ts";

/** White space does not count. */
const written = (source: string) => unroll(source).replaceAll(/\s+/g, " ").trim();

test("a loop is written out, in names too, without its braces", () => {
  expect(written("for (let $r = 1; $r < 4; $r++) { let c$r = load(p, 16 * $r); }")).toBe(
    "let c1 = load(p, 16 * 1); let c2 = load(p, 16 * 2); let c3 = load(p, 16 * 3);",
  );
  expect(written("a(); for (let $r = 0; $r < 2; $r++) p$r += 8; b();")).toBe("a(); p0 += 8; p1 += 8; b();");
});

test("a loop in a loop", () => {
  expect(written("for (let $r = 0; $r < 2; $r++) for (let $q = 0; $q < 2; $q++) y$r$q = 0; z();")).toBe(
    "y00 = 0; y01 = 0; y10 = 0; y11 = 0; z();",
  );
  expect(
    written("for (let $k = 0; $k < 2; $k++) { b = $k; for (let $r = 0; $r < 2; $r++) { if ($r < n) { c$r(b); } } }"),
  ).toBe("b = 0; if (0 < n) { c0(b); } if (1 < n) { c1(b); } b = 1; if (0 < n) { c0(b); } if (1 < n) { c1(b); }");
});

test("other loops stay, and what is no code does not count as braces", () => {
  const plain = "for (let r = 0; r < 6; r++) { c = $r; }";
  expect(unroll(plain)).toBe(plain);
  expect(written('for (let $r = 0; $r < 2; $r++) {\n  // }\n  a$r("}"); /* } */\n}\nb();')).toBe(
    '// } a0("}"); /* } */ a1("}"); /* } */ b();',
  );
});

test("everything stays in its line", () => {
  const source = "x\nfor (let $r = 0; $r < 3; $r++) {\n  a$r(); // why\n  b$r();\n}\ny";
  const lines = unroll(source).split("\n");
  expect(lines.map((line) => line.trim())).toEqual([
    "x",
    "",
    "a0(); // why",
    "b0();",
    "a1(); b1();   a2(); b2();",
    "y",
  ]);
});

test.each(["for (let $r = 0; $r < 6; $r++) { a(); ", "for (let $r = 0; $r < 6; $r++) a()"])(
  "%s has no end",
  (source) => {
    expect(() => unroll(source)).toThrow("A loop that is written out has no end: ");
  },
);
