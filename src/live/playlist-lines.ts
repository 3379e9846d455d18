/** Lines without the blanks around them; empty ones are left out: RFC 8216, 4.1. */
export function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/**
 * An attribute list, `NAME=VALUE,NAME="A VALUE"` (RFC 8216, 4.2), values without their quotes. What has no `=` is passed
 * over. One pass, whatever the text.
 */
export function attributesOf(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const equals = text.indexOf("=", at);
    if (equals < 0) break;
    // A part without a value before this one.
    const name = text.slice(Math.max(at, text.lastIndexOf(",", equals) + 1), equals).trim();
    const quoted = text[equals + 1] === '"';
    const close = quoted ? text.indexOf('"', equals + 2) : -1;
    const comma = text.indexOf(",", close < 0 ? equals : close);
    const end = comma < 0 ? text.length : comma;
    const value = close < 0 ? text.slice(equals + 1, end).trim() : text.slice(equals + 2, close);
    attributes.set(name, value);
    at = end + 1;
  }
  return attributes;
}

/** A decimal number, RFC 8216, 4.2, with or without a sign; undefined for any other text. */
export function numberOf(text: string): number | undefined {
  return /^[-+]?(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : undefined;
}
