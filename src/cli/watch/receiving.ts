import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { OrcaError } from "../../errors.ts";
import type { Watch } from "../../watch/index.ts";

/** Without a byte for so long a sender has vanished, ms. */
const DEAD = 30_000;

/**
 * POST /v1/hydrophones/NAME/sound?rate=&channels=&start=: a sender brings 16-bit samples for as long as it likes. The answer
 * comes when it has ended. Throws `not_found`, `unauthorized`, `busy` where somebody else sends, `bad_option`.
 */
export async function receiveSound(incoming: IncomingMessage, url: URL, name: string, watch: Watch): Promise<Response> {
  const token = watch.pushToken(name);
  if (token === undefined) {
    throw new OrcaError("not_found", `Nothing is pushed to the hydrophone ${JSON.stringify(name)}.`, {
      hint: 'In the watch\'s file its entry has "push": {"token": {"env": "NAME"}} in place of an address.',
    });
  }
  if (incoming.method !== "POST") {
    throw new OrcaError("method_not_allowed", `${incoming.method} is not taken here.`, { hint: "Use POST." });
  }
  const given = /^bearer +(\S+) *$/i.exec(incoming.headers.authorization ?? "")?.[1];
  if (given === undefined || !timingSafeEqual(digest(given), digest(token))) {
    throw new OrcaError(
      "unauthorized",
      given === undefined ? "A token is needed." : "The token is not this hydrophone's.",
      {
        field: "Authorization",
        hint: "Send Authorization: Bearer TOKEN.",
      },
    );
  }
  const number = (field: string) => Number(url.searchParams.get(field) ?? Number.NaN);
  const start = Date.parse(url.searchParams.get("start") ?? "");
  const sending = watch.pushed(name).begin({
    rate: number("rate"),
    channels: number("channels"),
    ...(Number.isNaN(start) ? {} : { start }),
  });
  let bytes = 0;
  let why = "its connection broke";
  const late = setTimeout(() => incoming.destroy(), DEAD);
  try {
    for await (const part of incoming as AsyncIterable<Uint8Array>) {
      late.refresh();
      bytes += part.length;
      await sending.push(part);
    }
    why = "it ended";
    return Response.json({ bytes });
  } catch (thrown) {
    if (thrown instanceof OrcaError) why = thrown.message.replace(/\.$/, "");
    throw thrown;
  } finally {
    clearTimeout(late);
    sending.end(why);
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest();
