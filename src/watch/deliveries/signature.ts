/** Prefix of a secret that is given in base64, as Standard Webhooks has it. */
const PREFIX = "whsec_";

/**
 * Headers that sign a message, as Standard Webhooks 1.0 has it (standardwebhooks.com): HMAC-SHA256 of id, time and body with
 * points between.
 * @param secret  any text; `whsec_` and base64 for bytes @param now  ms since 1970
 */
export async function signed(secret: string, id: string, now: number, body: string): Promise<Record<string, string>> {
  const seconds = Math.floor(now / 1000);
  const utf8 = new TextEncoder();
  const bytes = secret.startsWith(PREFIX)
    ? Uint8Array.from(atob(secret.slice(PREFIX.length)), (character) => character.charCodeAt(0))
    : utf8.encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, utf8.encode(`${id}.${seconds}.${body}`));
  const base64 = btoa(String.fromCharCode(...new Uint8Array(mac)));
  return { "webhook-timestamp": String(seconds), "webhook-signature": `v1,${base64}` };
}
