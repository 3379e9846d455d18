import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { ChosenHeads } from "../../embed/index.ts";
import { OrcaError, unreadable } from "../../errors.ts";
import { fileTrouble } from "../../file-errors.ts";
import { type EventRule, type LoadedHead, MOST_HEAD_BYTES, parseHead, type ScoreRule } from "../../heads/index.ts";
import type { MadeHeads } from "../../options/index.ts";

/** Heads that a command names, as plain data: other processes read the files themselves. */
export interface HeadFiles {
  readonly files: readonly string[];
  readonly rules: readonly ScoreRule[];
  readonly site?: string | undefined;
  readonly events?: Partial<EventRule> | undefined;
}

interface Chosen {
  readonly head: readonly string[] | undefined;
  readonly detect: readonly ScoreRule[] | undefined;
  readonly site: string | undefined;
  readonly events: Partial<EventRule> | undefined;
}

/** Undefined where no head is named. Throws `bad_option` for a site or a rule of events without one. */
export function headFiles({ head = [], detect = [], site, events }: Chosen): HeadFiles | undefined {
  if (head.length > 0 || detect.length > 0) return { files: head, rules: detect, site, events };
  if (site === undefined && events === undefined) return undefined;
  throw new OrcaError("bad_option", `--${site === undefined ? "events" : "site"} is for heads, and none was given.`, {
    field: site === undefined ? "events" : "site",
    hint: "Give --head FILE, or --detect MODEL:CLASS.",
  });
}

const loaded = new Map<string, Promise<LoadedHead>>();

/** The heads of files, each read once a process. */
export async function chosenHeads({ files, rules, site, events }: HeadFiles): Promise<ChosenHeads> {
  const trained = await Promise.all(
    files.map((file) => {
      const known = loaded.get(file) ?? loadHead(file);
      loaded.set(file, known);
      return known;
    }),
  );
  return { trained, rules, site, events };
}

/** Heads as a manifest of results names them. */
export function madeHeads({ trained, rules, site, events }: ChosenHeads): MadeHeads {
  return {
    trained: trained.map(({ head, sha256 }) => `${head.id} ${sha256.slice(0, 12)}`).join(", ") || undefined,
    rules: rules.map((rule) => `${rule.model}:${rule.class ?? ""}>${rule.threshold}`).join(", ") || undefined,
    site,
    events: events === undefined ? undefined : JSON.stringify(events),
  };
}

/** A head of a file, with its digest. Throws `head_invalid`, `unreadable`. */
export async function loadHead(file: string): Promise<LoadedHead> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MOST_HEAD_BYTES)
      throw new OrcaError(
        "head_invalid",
        `${file} has ${Math.round(size / 2 ** 20)} MB; a head has ${MOST_HEAD_BYTES >> 20} at most.`,
      );
    text = await readFile(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof OrcaError) throw thrown;
    if (fileTrouble(thrown)?.code === "ENOENT")
      throw new OrcaError("bad_option", `There is no head ${file}.`, {
        field: "head",
        hint: "orca-embed train makes one.",
      });
    const { message, hint } = unreadable(thrown);
    throw new OrcaError("unreadable", `${file}: ${message}`, hint === undefined ? {} : { hint });
  }
  return { head: parseHead(text, file), sha256: createHash("sha256").update(text).digest("hex") };
}
