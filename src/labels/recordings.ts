/** Which recording a table means by a path or a name. */

/** A recording that may have labels. */
export interface Labelled {
  /** What it is called in records and results. */
  readonly name: string;
  /** Where it lies, whole. */
  readonly path: string;
}

/** The recordings that a table's paths name. */
export interface Named {
  /** For each recording, in order, the table's paths that name it. */
  readonly of: readonly (readonly string[])[];
  /** Paths that name several recordings, and so none; each with two of them. */
  readonly ambiguous: readonly { readonly path: string; readonly recordings: readonly [string, string] }[];
  /** Paths that name none of the recordings. */
  readonly strangers: readonly string[];
  /** Whether recordings were known by their name alone, because their folders are called otherwise than in the table. */
  readonly moved: boolean;
}

/**
 * A table's path names a recording whose own path ends with it: `site-1/a.wav` names `/data/site-1/a.wav`, and so does
 * `a.wav` where no other is called so; the last name's ending may be left away. A whole path, of another machine or of
 * before a move, names the recording that shares the most folders with it, or, where the table shares none with any, the
 * only one of its name.
 */
export function namedRecordings(paths: readonly string[], recordings: readonly Labelled[]): Named {
  const places = recordings.map(({ path }) => namesIn(path));
  const byName = new Map<string, number[]>();
  for (const [at, names] of places.entries()) {
    for (const name of withoutEnding(names.at(-1) ?? "")) {
      byName.set(name, [...(byName.get(name) ?? []), at]);
    }
  }
  const of = recordings.map(() => [] as string[]);
  const ambiguous: Named["ambiguous"][number][] = [];
  const strangers: string[] = [];
  const found = paths.map((path) => candidates(path, places, byName));
  const moved = found.every(({ shared }) => shared < 2);
  const namesakes = new Map<string, number>();
  for (const { name, whole } of found) if (!whole) namesakes.set(name, (namesakes.get(name) ?? 0) + 1);
  for (const [at, { best, whole, absolute, shared, name }] of found.entries()) {
    const path = paths[at] as string;
    const [first, second] = best;
    // The same name in another folder is another recording, but for whole paths of which none fits.
    const byNameAlone = absolute && moved && namesakes.get(name) === 1;
    if (first === undefined || !(whole || (absolute && shared > 1) || byNameAlone)) strangers.push(path);
    else if (second === undefined) of[first]?.push(path);
    else {
      const [one, other] = [first, second].map((index) => recordings[index]?.path ?? "") as [string, string];
      ambiguous.push({ path, recordings: [one, other] });
    }
  }
  return { of, ambiguous, strangers, moved: moved && found.some(({ whole }) => !whole) };
}

interface Candidates {
  /** Recordings that share most names with the path, from its end on. */
  readonly best: readonly number[];
  /** So many names. */
  readonly shared: number;
  /** Whether all of the path's names are among them. */
  readonly whole: boolean;
  readonly absolute: boolean;
  readonly name: string;
}

function candidates(
  path: string,
  places: readonly (readonly string[])[],
  byName: ReadonlyMap<string, readonly number[]>,
): Candidates {
  const names = namesIn(path);
  const name = names.at(-1) ?? "";
  let best: number[] = [];
  let shared = 0;
  for (const at of byName.get(name) ?? []) {
    const count = 1 + sharedFolders(names, places[at] ?? []);
    if (count > shared) best = [];
    if (count >= shared) best.push(at);
    shared = Math.max(shared, count);
  }
  return { best, shared, whole: shared === names.length, absolute: /^(?:[A-Za-z]:)?[/\\]/.test(path), name };
}

/** Folders that two paths share, from the innermost on. */
function sharedFolders(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count + 1 < Math.min(a.length, b.length) && a[a.length - 2 - count] === b[b.length - 2 - count]) count++;
  return count;
}

/** Names of a path, in one form of Unicode: macOS takes letters with accents apart. */
function namesIn(path: string): string[] {
  const names = path.normalize("NFC").split(/[/\\]+/);
  return names.filter((name) => name !== "" && name !== "." && !/^[A-Za-z]:$/.test(name));
}

/** A file's name, and without its ending. */
function withoutEnding(name: string): string[] {
  const bare = name.replace(/\.[^.]*$/, "");
  return bare === name || bare === "" ? [name] : [name, bare];
}
