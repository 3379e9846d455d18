/** The page is made anew so often, s. */
export const EVERY = 15;

/**
 * Makes the page anew where nobody is at work in it: what is open stays open, and where the reader is, he stays. A refresh by the
 * browser would take both away (WCAG 2.2.1, 2.2.4).
 */
export const REFRESH = `setInterval(async () => {
  const main = document.querySelector("main");
  if (document.hidden || main.contains(document.activeElement)) return;
  const response = await fetch(location.href).catch(() => undefined);
  if (!response?.ok) return;
  const made = new DOMParser().parseFromString(await response.text(), "text/html");
  const open = [...main.querySelectorAll("details")].map((one) => one.open);
  made.querySelectorAll("main details").forEach((one, at) => { one.open = open[at] ?? false; });
  document.title = made.title;
  for (const part of ["header", "main", "footer"])
    document.querySelector(part).replaceWith(made.querySelector(part));
}, ${1000 * EVERY});`;

/** The script's name in a content security policy: no other one runs (W3C CSP3, 2.3.1). */
export async function refreshSource(): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(REFRESH));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
