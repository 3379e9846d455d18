import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OWN as COLLECT } from "../../src/cli/collect/options.ts";
import { EXPLORE } from "../../src/cli/explore/command.ts";
import { EXTRACT } from "../../src/cli/extract/options.ts";
import { FOLLOW } from "../../src/cli/follow.ts";
import { DETECT, JUDGE, NEXT, NOISE, TRAIN } from "../../src/cli/heads/options.ts";
import { IMPORT } from "../../src/cli/import/options.ts";
import { JOBS_FAILURES, JOBS_SHOW, JOBS_START, SERVER } from "../../src/cli/jobs/options.ts";
import { LABEL } from "../../src/cli/label/options.ts";
import { MERGE } from "../../src/cli/merge/options.ts";
import { PROJECT } from "../../src/cli/project/options.ts";
import { PUSH } from "../../src/cli/push/command.ts";
import { RESCAN } from "../../src/cli/rescan/options.ts";
import { SEARCH } from "../../src/cli/search/options.ts";
import { WATCH, WATCH_EVENTS, WATCH_THRESHOLDS } from "../../src/cli/watch/command.ts";
import { BUNDLE, controls, EMBEDDINGS, HYDROPHONE, type OptionSet } from "../../src/options/index.ts";
import { MODELS_FOLDER } from "../../src/runtime.node.ts";
import { root } from "./blocks.ts";

/** The tables of options in the docs, with the sets of options that they show, by what their rows call the sets. */
const TABLES: readonly { readonly file: string; readonly head: string; readonly sets: Record<string, OptionSet> }[] = [
  {
    file: "docs/http.md",
    head: "query",
    sets: { embeddings: EMBEDDINGS, hydrophones: HYDROPHONE, projector: BUNDLE },
  },
  { file: "docs/command-line.md", head: "option", sets: { extract: EXTRACT, follow: FOLLOW, project: PROJECT } },
  {
    file: "docs/heads.md",
    head: "option",
    sets: { train: TRAIN, judge: JUDGE, detect: DETECT, rescan: RESCAN, next: NEXT, noise: NOISE },
  },
  {
    file: "docs/jobs.md",
    head: "option",
    sets: { start: JOBS_START, show: JOBS_SHOW, failures: JOBS_FAILURES, "list, cancel, resume": SERVER },
  },
  {
    file: "docs/watch.md",
    head: "option",
    sets: { watch: WATCH, "watch events": WATCH_EVENTS, "watch thresholds": WATCH_THRESHOLDS, push: PUSH },
  },
  {
    file: "docs/collections.md",
    head: "option",
    sets: { collect: COLLECT, import: IMPORT, merge: MERGE, search: SEARCH, label: LABEL, explore: EXPLORE },
  },
];

/** Where the models are differs from machine to machine. */
const shown = (text: string) => (text === MODELS_FOLDER ? "`models/onnx`" : text);

/** The rows that a table should have: each option once, with the sets that have it. */
function rowsOf(head: string, sets: Record<string, OptionSet>): string[][] {
  const rows = new Map<string, { of: string[]; cells: string[] }>();
  for (const [of, set] of Object.entries(sets)) {
    for (const { name, words, default: standard = "–", help } of controls(set)) {
      const option = head === "query" ? `\`${name}\`` : `\`--${name}\``;
      const cells = [option, words === "" ? "–" : words, shown(standard), help];
      // The same option may have another default or range elsewhere, and then a row of its own.
      const key = JSON.stringify(cells);
      const row = rows.get(key) ?? { of: [], cells };
      row.of.push(of);
      rows.set(key, row);
    }
  }
  const all = Object.keys(sets).length;
  return [...rows.values()].map(({ of, cells: [option = "", ...rest] }) => [
    option,
    of.length === all ? "all" : of.join(", "),
    ...rest,
  ]);
}

/** The cells of the docs' table; what its links lead to is the docs' own. */
function cellsIn(file: string, head: string): string[][] {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  const first = lines.findIndex((line) => new RegExp(`^\\| ${head} +\\| of +\\|`).test(line));
  const end = lines.findIndex((line, at) => at > first && !line.startsWith("|"));
  return lines.slice(first + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")),
  );
}

describe("the docs' tables of options are what is declared in src/options and beside the commands", () => {
  test.each(TABLES)("$file", ({ file, head, sets }) => {
    expect(cellsIn(file, head)).toEqual(rowsOf(head, sets));
  });
});
