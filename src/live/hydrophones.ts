import { z } from "zod";
import { checkedJson } from "../checked.ts";
import { OrcaError } from "../errors.ts";
import { isHost, liveSource } from "./addresses.ts";
import type { LiveSource } from "./types.ts";

/** A hydrophone that the operator lets listeners follow. */
export interface Hydrophone {
  readonly name: string;
  readonly title: string;
  readonly place?: string;
  /** Of its sound. */
  readonly licence?: string;
  readonly credit?: string;
  readonly source: LiveSource;
}

const address = z.url({ protocol: /^https?$/, error: "must be an address that begins with https:// or http://" });

/** What an operator says of a hydrophone. */
export const hydrophoneFields = {
  title: z.string().min(1).optional(),
  place: z.string().optional(),
  licence: z.string().optional(),
  credit: z.string().optional(),
  /** Of an HLS playlist, or of sound without an end. */
  url: address.optional(),
  /** Of an Orcasound node's folder. */
  node: address.optional(),
  /** Further hosts that its playlists and redirects may lead to. */
  hosts: z.array(z.string().refine(isHost, "must be host names without https://")).default([]),
};

/** Whether it has either of the two kinds of addresses. */
export const ofOneAddress = ({ url, node }: { url?: string | undefined; node?: string | undefined }) =>
  (url === undefined) !== (node === undefined);

const Entry = z.strictObject(hydrophoneFields).refine(ofOneAddress, "needs either url or node");

export const isHydrophoneName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "names are small letters, digits, - and _");

const Setting = z.record(isHydrophoneName, Entry);

/** The setting HYDROPHONES (docs/live.md), JSON: name to what it is. Throws `bad_option`. */
export function hydrophonesFrom(text: string | undefined): ReadonlyMap<string, Hydrophone> {
  if (text === undefined || text.trim() === "") return new Map();
  const checked = checkedJson(text, Setting, wrong);
  const entries = Object.entries(checked).map(([name, { title = name, url, node, hosts, ...rest }]) => {
    const source = node === undefined ? liveSource(url as string, "url", hosts) : liveSource(node, "node", hosts);
    const about = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    return [name, { name, title, ...about, source }] as const;
  });
  return new Map(entries);
}

function wrong(what: string): OrcaError {
  return new OrcaError("bad_option", `HYDROPHONES cannot be used: ${what}.`, {
    field: "HYDROPHONES",
    hint: 'It is JSON like {"lab": {"title": "Orcasound Lab", "node": "https://…/rpi_orcasound_lab"}}: see docs/live.md.',
  });
}
