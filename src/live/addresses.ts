import { basicAuthorization } from "../basic-authorization.ts";
import { OrcaError } from "../errors.ts";
import type { LiveSource } from "./types.ts";

/** An address without what stands before its `@`, and that as a header. */
export interface Address {
  readonly url: string;
  /** Basic authentication, RFC 7617; undefined where the address names no user. */
  readonly authorization: string | undefined;
}

/** Takes an address apart; undefined where it is none. @param base  what it is relative to: RFC 3986, 5.1.3 */
export function addressOf(text: string, base?: string): Address | undefined {
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  url.hash = "";
  if (username === "" && password === "") return { url: url.href, authorization: undefined };
  return { url: url.href, authorization: basicAuthorization({ username, password }) };
}

/**
 * What an operator or a user gave as a hydrophone's address. Throws `bad_option`.
 * @param hosts  further hosts that its playlists and redirects may lead to
 */
export function liveSource(text: string, kind: LiveSource["kind"], hosts: readonly string[] = []): LiveSource {
  const address = /^https?:\/\//i.test(text) ? addressOf(text) : undefined;
  if (address === undefined) {
    throw new OrcaError("bad_option", `${withoutSecrets(text)} is no address that begins with https:// or http://.`);
  }
  const wrong = hosts.find((host) => !isHost(host));
  if (wrong !== undefined) {
    const hint = "A host is a name, with its port where it is not the usual one: cdn.example.org, 10.0.0.7:8000.";
    throw new OrcaError("bad_option", `${withoutSecrets(`//${wrong}`).slice(2)} is no host.`, { field: "hosts", hint });
  }
  return { ...address, kind, hosts };
}

/** Whether a text is a host's name, with or without a port, and nothing else. */
export function isHost(text: string): boolean {
  return /^[^/\\@?#\s]+$/.test(text) && URL.canParse(`http://${text}/`);
}

/**
 * Whether the operator allowed an address: one on his own address's host and port, or on a host that he listed. Whatever
 * else a playlist or a redirect names is refused, and so this machine and private networks are, unless he wrote them
 * himself. Over an open line nothing is asked for that was to come in confidence.
 */
export function isAllowed(url: string, source: LiveSource): boolean {
  const { host, protocol } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return false;
  const own = new URL(source.url);
  if (protocol === "http:" && own.protocol === "https:") return false;
  // The usual port goes without saying, and is another one for each protocol.
  return host === own.host || source.hosts.some((listed) => new URL(`${protocol}//${listed}`).host === host);
}

/** The user and password that go with a request: those of its own address, or the source's where it is the same server. */
export function authorizationFor({ url, authorization }: Address, source: LiveSource): string | undefined {
  return authorization ?? (new URL(url).origin === new URL(source.url).origin ? source.authorization : undefined);
}

/** Characters of a file's or a folder's name in messages. */
const MOST_NAME = 80;

/** A file's name for messages, with its folder: who listens need not learn the host, nor what stands in the query. */
export function nameOf(url: string): string {
  const { protocol, pathname } = new URL(url);
  // `user:password@host/file`, say, where the beginning was forgotten.
  if (!/^https?:$/.test(protocol)) return "an address that is not of the web";
  // A whole address may stand where a path should.
  const parts = pathname
    .split("/")
    .slice(-3)
    .map((part) => part.slice(part.lastIndexOf("@") + 1, MOST_NAME));
  return parts.join("/").replace(/^\//, "");
}

/** A message shows no more than this of a text from elsewhere, and looks at no more. */
const [SHOWN, LOOKED_AT] = [40, 2000];

/** The beginning of a text from elsewhere, for messages: in quotes, without what addresses in it keep to themselves. */
export function quoted(text: string): string {
  return JSON.stringify(withoutSecrets(text).slice(0, SHOWN));
}

/** A text without what stands before the `@` of the addresses in it, and without their queries. */
export function withoutSecrets(text: string): string {
  const words = text.slice(0, LOOKED_AT).split(/(\s+)/);
  // Of a word that goes on nobody can say what it is.
  if (text.length > LOOKED_AT) words.pop();
  return words.map(withoutSecret).join("");
}

function withoutSecret(word: string): string {
  const scheme = /^[a-z]{1,8}:\/\//i.exec(word)?.[0] ?? "";
  // Up to the last @: a password may hold one, or a slash, and what is cut off in front may be damaged.
  const at = word.lastIndexOf("@");
  const rest = at < 0 ? word.slice(scheme.length) : `…${word.slice(at)}`;
  return scheme === "" && at < 0 ? word : `${scheme}${rest.replace(/\?[^"']*/, "?…")}`;
}
