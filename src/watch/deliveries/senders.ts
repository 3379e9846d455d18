import { OrcaError } from "../../errors.ts";
import type { WatchConfig } from "../config.ts";
import type { DeliveryEntry, PostedDelivery, Secret } from "../delivery-config.ts";
import { messageJson, type Posting, postingsOf, type Secrets } from "./forms.ts";
import type { Attempt, Sender } from "./outbox.ts";
import { titleOf, type Writing, writingOf } from "./told.ts";

/** What a receiver answered. */
export interface Answer {
  readonly status: number;
  /** The beginning of what it said. */
  readonly text: string;
  /** Seconds that it wants to be left alone. */
  readonly retryAfter: number | undefined;
}

/** What deliveries need of where they run. */
export interface DeliveryHost {
  /** Sends one request, follows no redirect, and throws where nothing comes within `within` ms. */
  post(posting: Posting, within: number, signal: AbortSignal): Promise<Answer>;
  /** Runs a program without a shell, with `input` on its standard input. Undefined where there are no programs. */
  readonly execute?: (
    command: readonly string[],
    input: string,
    variables: Readonly<Record<string, string>>,
    within: number,
    signal: AbortSignal,
  ) => Promise<{ readonly code: number | undefined; readonly text: string }>;
  /** A secret by its name; undefined where there is none. */
  secret(name: string): string | undefined;
  now(): number;
}

/** How long a receiver may take, and a program: ms. */
const [WITHIN, PROGRAM_WITHIN] = [10_000, 60_000];
/** Statuses behind which the same request may be answered otherwise somewhere else. */
const LEADS_ELSEWHERE = (status: number) => status >= 300 && status < 400;

/** What brings messages to each delivery. Throws as `senderOf`. */
export const sendersOf = (deliveries: WatchConfig["deliveries"], writing: Writing, host: DeliveryHost) =>
  new Map(Array.from(deliveries, ([name, delivery]) => [name, senderOf(name, delivery, writing, host)]));

/** Sends a test to each delivery. @returns what each said. Throws as `senderOf` */
export async function* testDeliveries(config: WatchConfig, host: DeliveryHost, signal: AbortSignal) {
  const text = "This is a test of the watch. If you can read it, it reaches you.";
  for (const [name, send] of sendersOf(config.deliveries, writingOf(config), host)) {
    const key = `test-${crypto.randomUUID()}`;
    const failed = (thrown: unknown) => ({
      delivered: false,
      said: thrown instanceof Error ? thrown.message : String(thrown),
    });
    const told = { key, kind: "test" as const, events: [], text, created: host.now() };
    const { delivered, said } = await send(told, signal).catch(failed);
    yield { name, delivered, said };
  }
}

/** What brings messages to a delivery. Throws `bad_option` for a secret that is not there, or a kind that cannot be here. */
function senderOf(name: string, delivery: DeliveryEntry, writing: Writing, host: DeliveryHost): Sender {
  if (delivery.kind === "exec") {
    const { execute } = host;
    const { command } = delivery;
    if (execute === undefined) throw wrong(name, "programs cannot be run here", "Use another kind of delivery.");
    return async (told, signal) => {
      const variables = { ORCA_KEY: told.key, ORCA_KIND: told.kind, ORCA_TITLE: titleOf(told, writing) };
      const { code, text } = await execute(
        command,
        `${messageJson(told, writing)}\n`,
        variables,
        PROGRAM_WITHIN,
        signal,
      );
      if (code === 0) return { delivered: true, said: "it ended with 0" };
      return { delivered: false, said: `it ended with ${code ?? "a signal"}${text === "" ? "" : `: ${text}`}` };
    };
  }
  const secrets = secretsOf(name, delivery, host);
  return async (told, signal) => {
    let last: Attempt = { delivered: true, said: "there was nothing to send" };
    for (const posting of await postingsOf(told, delivery, secrets, writing, host.now())) {
      last = attemptOf(await host.post(posting, WITHIN, signal));
      if (!last.delivered) return last;
    }
    return last;
  };
}

function attemptOf({ status, text, retryAfter }: Answer): Attempt {
  const said = `it answered with ${status}`;
  if (status >= 200 && status < 300) return { delivered: true, said };
  const more = LEADS_ELSEWHERE(status)
    ? ", which leads elsewhere, and is not followed"
    : text === ""
      ? ""
      : `: ${text}`;
  return { delivered: false, said: `${said}${more}`, ...(retryAfter === undefined ? {} : { after: retryAfter }) };
}

function secretsOf(name: string, delivery: PostedDelivery, host: DeliveryHost): Secrets {
  const read = (field: string, secret: Secret | undefined) => {
    if (secret === undefined) return undefined;
    const value = host.secret(secret.env);
    if (value !== undefined && value !== "") return value;
    throw wrong(name, `${field} is in the variable ${secret.env}, and that is not set`, `Set ${secret.env}.`);
  };
  const to = typeof delivery.to === "string" ? delivery.to : (read("to", delivery.to) as string);
  if (!URL.canParse(to) || !/^https?:$/.test(new URL(to).protocol))
    throw wrong(name, "to is no address that begins with https:// or http://", "Write the whole address.");
  const secret = read("secret", delivery.kind === "webhook" ? delivery.secret : undefined);
  return { to, secret, token: read("token", delivery.token) };
}

function wrong(name: string, what: string, hint: string): OrcaError {
  return new OrcaError("bad_option", `The delivery ${name} cannot be used: ${what}.`, { field: "deliveries", hint });
}
