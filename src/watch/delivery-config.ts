import * as z from "zod";
import { Duration, Rate } from "./durations.ts";
import { DailyHours, TimeOfDay } from "./local-time.ts";

/** What is nobody's business: the name of an environment variable that has it. */
export const Secret = z.strictObject({
  env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is no name of an environment variable"),
});
export type Secret = z.infer<typeof Secret>;

const Address = z
  .url({ protocol: /^https?$/, error: "must be an address that begins with https:// or http://" })
  .refine((text) => {
    const { username, password } = new URL(text);
    return username === "" && password === "";
  }, 'holds a user or password: give them as token: {"env": "NAME"}');

/** An address, or the variable that has it, where the address itself is a secret. */
const To = z.union([Address, Secret], { error: 'must be an address, or {"env": "NAME"}' });

/** When an event is told, and when not. */
const rules = {
  /** As soon as it has begun, or with its sound when it has ended. */
  when: z.enum(["begin", "end"]).default("begin"),
  hydrophones: z.array(z.string()).optional(),
  classes: z.array(z.string()).optional(),
  /** Probability that it reaches; at its beginning, so far. */
  least: z.number().min(0).max(1).optional(),
  /** Events of a class with less than this between them are one encounter, of which the first is told. */
  encounter: Duration.optional(),
  /** After an event was told, no other of its class is for so long. */
  cooldown: Duration.optional(),
  /** Only the first of a class a day, by the watch's clock. */
  "first-of-day": z.boolean().optional(),
  /** What would be told then waits until they are over. */
  quiet: z.array(DailyHours).min(1).optional(),
  /** What the rules above leave out is told together: every so often, or at a time of the day. */
  digest: z
    .union([Duration, TimeOfDay.transform((at) => ({ at }))], {
      error: "is neither a time (1 h) nor a time of day (18:00)",
    })
    .optional(),
  /** Whether it is told what is wrong with hydrophones, where it takes texts. */
  troubles: z.boolean().default(true),
  /** No more messages than this; that there were more is said once. */
  most: Rate.optional(),
};

const Webhook = z.strictObject({
  kind: z.literal("webhook"),
  to: To,
  /** Signs what is sent (HMAC-SHA256). */
  secret: Secret.optional(),
  /** Sent as `Authorization: Bearer`. */
  token: Secret.optional(),
  ...rules,
});

const Ntfy = z.strictObject({
  kind: z.literal("ntfy"),
  /** The topic's address. */
  to: To,
  token: Secret.optional(),
  priority: z.int().min(1).max(5).optional(),
  ...rules,
});

const Orcasite = z.strictObject({
  kind: z.literal("orcasite"),
  /** The site's address. */
  to: To,
  token: Secret.optional(),
  /** Ids of feeds by the hydrophones' names. */
  feeds: z.record(z.string(), z.string()),
  ...rules,
});

const Orcahello = z.strictObject({ kind: z.literal("orcahello"), to: To, token: Secret.optional(), ...rules });

const Exec = z.strictObject({
  kind: z.literal("exec"),
  /** The program and its arguments; no shell reads them. The message comes on its standard input. */
  command: z.array(z.string()).min(1),
  ...rules,
});

export const DeliveryEntry = z.discriminatedUnion("kind", [Webhook, Ntfy, Orcasite, Orcahello, Exec]);
export type DeliveryEntry = z.infer<typeof DeliveryEntry>;
export type DeliveryKind = DeliveryEntry["kind"];
/** A delivery that is posted over HTTP. */
export type PostedDelivery = Exclude<DeliveryEntry, { kind: "exec" }>;
export type DeliveryRules = Pick<DeliveryEntry, keyof typeof rules>;
