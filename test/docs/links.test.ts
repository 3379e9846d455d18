import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./blocks.ts";

const TEXTS = [
  ...readdirSync(root).filter((file) => file.endsWith(".md")),
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** As GitHub makes anchors of headings. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
const anchorsOf = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

test("links from one text to another lead to files and headings that are there", () => {
  const links = TEXTS.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => ({ file, to })),
  ).filter(({ to }) => !/^[a-z]+:/.test(to));
  const broken = links.filter(({ file, to }) => {
    const [path = "", anchor] = to.split("#");
    const target = path === "" ? join(root, file) : join(root, dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
  });
  expect(broken.map(({ file, to }) => `${file}: ${to}`)).toEqual([]);
  expect(links.length).toBeGreaterThan(30);
});
