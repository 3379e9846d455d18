import { OrcaError } from "../../errors.ts";

/**
 * The names that a server answers to. A page that a browser was led to may have its own name resolve to this machine (DNS
 * rebinding): its requests then bear that name in Host and Origin alike, and the browser takes them for the page's own.
 */
export interface HostPolicy {
  /** @param host  a name or address, with or without a port */
  allows(host: string): boolean;
}

export interface HostSettings {
  /** Names with commas, beside this machine's own, which are always served: `loopback` for no other, nothing or `*` for any. */
  readonly ALLOWED_HOSTS?: string;
}

/** Reads the setting; throws `bad_option` for what is no name of a host. */
export function hostPolicy({ ALLOWED_HOSTS = "" }: HostSettings): HostPolicy {
  const named = ALLOWED_HOSTS.split(",")
    .map((text) => text.trim().toLowerCase())
    .filter((text) => text !== "");
  for (const name of named) {
    if (name === "*" || /^(\[[0-9a-f:]+\]|[a-z0-9_.-]+)$/.test(name)) continue;
    throw new OrcaError("bad_option", `ALLOWED_HOSTS names ${JSON.stringify(name)}, which is no name of a host.`, {
      field: "ALLOWED_HOSTS",
      hint: "Like sound.example.org or [::1], without a port; several with commas; loopback for no others.",
    });
  }
  const any = named.length === 0 || named.includes("*");
  return {
    allows(host) {
      const name = nameOf(host);
      return any || named.includes(name) || isLoopback(name);
    },
  };
}

/** Whether a name or address is of this machine itself (RFC 6761, 6.3; RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export function isLoopback(host: string): boolean {
  const name = nameOf(host);
  return /^(127(\.\d{1,3}){3}|\[?::1\]?|([a-z0-9-]+\.)*localhost)$/.test(name);
}

function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/(?<=[\]a-z0-9_-])\.?(:\d+)?$/, (end) => (host.startsWith("[") || !/:.*:/.test(host) ? "" : end));
}

/** What is said to a request for another name. */
export function hostRefused(host: string): OrcaError {
  return new OrcaError(
    "host_refused",
    `This server does not answer to the name ${JSON.stringify(host.slice(0, 200))}.`,
    {
      field: "Host",
      hint: "Its operator can name it: ALLOWED_HOSTS.",
    },
  );
}
