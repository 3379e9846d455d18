/** The first Node that runs this package, [major, minor]: `engines` of package.json, which a test holds against it. */
export const LEAST_NODE = [22, 14] as const;

/** What to say where this Node is older: its WebAssembly lacks instructions of the kernels, and the command line's libraries fail. */
export function nodeTooOld(version = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `This is Node ${version}; orca-embeddings needs ${LEAST_NODE.join(".")} or newer. Install it from nodejs.org.`;
}
