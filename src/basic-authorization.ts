/**
 * The header that sends what an address holds of a name and a password (RFC 7617), in UTF-8. A `%` that begins no escape
 * stands for itself: passwords hold such.
 */
export function basicAuthorization({ username, password }: Pick<URL, "username" | "password">): string {
  const bytes = new TextEncoder().encode(`${unescaped(username)}:${unescaped(password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
