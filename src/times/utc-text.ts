/** UTC as every output writes it: ISO 8601 in milliseconds, with Z. @param utc  milliseconds since 1970; rounded once */
export function utcText(utc: number): string {
  return new Date(Math.round(utc)).toISOString();
}
