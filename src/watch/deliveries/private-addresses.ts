import { OrcaError } from "../../errors.ts";

/** Networks that are not of the public internet: IANA's special-purpose registries (RFC 6890 and what followed). */
const PRIVATE = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
  ["::", 127],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
  ["2002::", 16],
] as const;

/** IPv4 in IPv6: ::ffff:0:0/96. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;

const NETS = PRIVATE.map(([net, prefix]) => ({ bytes: bytesOf(net) as readonly number[], prefix }));

/** Whether an address is of a private network, this machine, or nobody's. IPv4 in IPv6 counts as IPv4; a name is none. */
export function isPrivate(address: string): boolean {
  const given = bytesOf(address);
  if (given === undefined) return false;
  const bytes = given.length === 16 && MAPPED.every((byte, at) => given[at] === byte) ? given.slice(12) : given;
  return NETS.some((net) => net.bytes.length === bytes.length && isWithin(bytes, net.bytes, net.prefix));
}

/** Whether a URL's host says by itself, without being looked up, that it is private. @param host  as URL has it */
export function isPrivateHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return isPrivate(name) || /(^|\.)localhost$/i.test(name);
}

/** What is said where nothing is sent. @param address  what the host was found to be */
export function privateRefused(host: string, address: string): OrcaError {
  const where = host === address ? host : `${host} (${address})`;
  return new OrcaError("host_refused", `${where} is of a private network or this machine, where nothing is sent.`, {
    hint: 'Where that is meant, write "allow-private": true.',
  });
}

function isWithin(bytes: readonly number[], net: readonly number[], prefix: number): boolean {
  for (let bit = 0; bit < prefix; bit += 8) {
    const mask = prefix - bit >= 8 ? 0xff : 0xff & (0xff << (8 - (prefix - bit)));
    if ((((bytes[bit / 8] as number) ^ (net[bit / 8] as number)) & mask) !== 0) return false;
  }
  return true;
}

/** The 4 or 16 bytes of an address; undefined where it is none. */
function bytesOf(address: string): number[] | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address.split(".").map(Number);
  if (!address.includes(":")) return undefined;
  const sides = address.replace(/%.*$/, "").split("::").map(groupsOf);
  const [front = [], back = []] = sides;
  if (sides.length > 2) return undefined;
  const missing = 16 - front.length - back.length;
  if (sides.length === 1 ? missing !== 0 : missing < 0) return undefined;
  return [...front, ...Array<number>(missing).fill(0), ...back];
}

/** `64:ff9b`, `ffff:10.0.0.1`: two bytes a group, four of what is written with points. */
function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return group.includes(".") ? (bytesOf(group) ?? []) : [value >> 8, value & 0xff];
  });
}
