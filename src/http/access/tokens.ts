import { z } from "@hono/zod-openapi";
import { OrcaError } from "../../errors.ts";

/** What a token may be for: to look at what is here, to have recordings embedded, to change what is kept. */
export const SCOPES = ["read", "embed", "write"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who may use a server that is not for everyone. */
export interface TokenPolicy {
  /**
   * The name of the token that a request bears; undefined where the server is for everyone. Throws `unauthorized` without
   * a token that is known, and `forbidden` where it is for other things.
   */
  admit(request: Request, scope: Scope): Promise<string | undefined>;
}

export interface TokenSettings {
  /** JSON: names to `{"sha256": hexadecimal, "scopes": ["read", "embed", "write"]}`; nothing for a server for everyone. */
  readonly TOKENS?: string;
}

const Tokens = z.record(
  z.string().regex(/^[\w.-]{1,64}$/),
  z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), scopes: z.array(z.enum(SCOPES)).min(1) }),
);

/** Reads the setting, which holds no token but what tells one; throws `bad_option` where it cannot be read. */
export function tokenPolicy({ TOKENS = "" }: TokenSettings): TokenPolicy {
  if (TOKENS.trim() === "") return { admit: async () => undefined };
  const tokens = parse(TOKENS);
  return {
    async admit(request, scope) {
      const presented = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
      const digest = await digestOf(presented ?? "");
      let found: (typeof tokens)[number] | undefined;
      // Every token is compared, and every byte of it: how long it takes says nothing of what it is compared with.
      for (const token of tokens) if (same(token.digest, digest)) found = token;
      if (presented === undefined || found === undefined) {
        throw new OrcaError(
          "unauthorized",
          presented === undefined ? "A token is needed." : "The token is not known here.",
          {
            field: "Authorization",
            hint: "Send Authorization: Bearer TOKEN; the operator gives tokens (TOKENS).",
          },
        );
      }
      if (found.scopes.includes(scope)) return found.name;
      throw new OrcaError(
        "forbidden",
        `The token ${found.name} is not for ${scope}, but for ${found.scopes.join(", ")}.`,
        {
          field: "Authorization",
          hint: "Ask the operator for one that is (TOKENS).",
        },
      );
    },
  };
}

function parse(text: string) {
  try {
    return Object.entries(Tokens.parse(JSON.parse(text))).map(([name, { sha256, scopes }]) => ({
      name,
      scopes: scopes as readonly string[],
      digest: Uint8Array.from(sha256.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    }));
  } catch (cause) {
    throw new OrcaError("bad_option", "TOKENS is no JSON of names to sha256 and scopes.", {
      field: "TOKENS",
      hint: 'Like {"lab": {"sha256": "64 hexadecimal digits", "scopes": ["read", "embed"]}}.',
      cause,
    });
  }
}

/** Whether two secrets are one: how long it takes says nothing of where they differ. */
export async function sameSecret(a: string, b: string): Promise<boolean> {
  return same(await digestOf(a), await digestOf(b));
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let at = 0; at < b.length; at++) different |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return different === 0;
}
