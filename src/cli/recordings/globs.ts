import picomatch from "picomatch";

/** A pattern of paths, taken apart. */
export interface Glob {
  /** The folder in front of the first wildcard. */
  readonly folder: string;
  /** Whether a path below that folder, or a folder that it lies in, fits. */
  matches(path: string): boolean;
  /** Whether it would, if capitals and small letters were one. */
  nearlyMatches(path: string): boolean;
  /** Whether something in a folder below may fit, capitals or not. */
  enters(folder: string): boolean;
}

/** The pattern as a glob, or undefined where it has no wildcard. `**` crosses folders; hidden names are not matched. */
export function globOf(pattern: string): Glob | undefined {
  const { isGlob, base, glob } = picomatch.scan(pattern);
  if (!isGlob) return undefined;
  const depth = /\*\*|[({]/.test(glob) ? Number.POSITIVE_INFINITY : glob.split("/").length;
  const matcher = (nocase: boolean) => {
    const fits = picomatch(glob, { nocase });
    return (path: string) => {
      const names = path.split("/");
      return names.some((_, at) => fits(names.slice(0, at + 1).join("/")));
    };
  };
  const nearlyMatches = matcher(true);
  return {
    folder: base === "" ? "." : base,
    matches: matcher(false),
    nearlyMatches,
    enters: (folder) => folder.split("/").length < depth || nearlyMatches(folder),
  };
}
