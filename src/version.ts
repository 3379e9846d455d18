/** The project's version, as in package.json (a test holds them together); named in every header. */
export const VERSION = "0.2.0";
