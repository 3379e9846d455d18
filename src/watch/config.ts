import * as z from "zod";
import { checkedJson } from "../checked.ts";
import { OrcaError } from "../errors.ts";
import { EventRule, type ScoreRule, scoreRules } from "../heads/index.ts";
import {
  type Hydrophone,
  hydrophoneFields,
  isHydrophoneName,
  type LiveSource,
  liveSource,
  ofOneAddress,
} from "../live/index.ts";
import { MODEL_ID } from "../models/names.ts";
import { DeliveryEntry, Secret } from "./delivery-config.ts";
import { Duration } from "./durations.ts";
import { DailyHours, ZoneName } from "./local-time.ts";

const Probability = z.number().min(0).max(1);

/** An operator's wish, field by field, without what holds where nothing is said. */
const RuleWish = z.strictObject({
  on: EventRule.shape.on,
  off: EventRule.shape.off,
  shortest: z.number().nonnegative().exactOptional(),
  gap: z.number().nonnegative().exactOptional(),
  windows: z.int().positive().max(10_000).exactOptional(),
  of: EventRule.shape.of,
});

const HydrophoneEntry = z
  .strictObject({
    ...hydrophoneFields,
    /** Sound is sent to it (`orca-embed push`), by whoever has the token. */
    push: z.strictObject({ token: Secret }).optional(),
    latitude: z.number().min(-90).max(90).optional(),
    longitude: z.number().min(-180).max(180).optional(),
    model: z.string().regex(MODEL_ID).default("yamnet"),
    variant: z.string().optional(),
    engine: z.enum(["auto", "ort", "kernels"]).optional(),
    channel: z.union([z.literal("mean"), z.int().nonnegative().max(999)]).optional(),
    highpass: z.number().positive().optional(),
    /** Files of heads, beside this file. */
    heads: z.array(z.string().min(1)).default([]),
    detect: z.string().optional(),
    /** Whose thresholds and noises of the heads hold. */
    site: z.string().min(1).optional(),
    events: RuleWish.optional(),
    /** By class, or by `HEAD/CLASS`. */
    thresholds: z.record(z.string(), Probability).optional(),
    /** When it is followed; always where they are left out. */
    hours: z.array(DailyHours).min(1).optional(),
    /** Whom its events go to: all deliveries where it is left out. */
    deliver: z.array(z.string()).optional(),
  })
  .refine(
    (one) => (one.push === undefined ? ofOneAddress(one) : !one.url && !one.node),
    "needs either url, node or push",
  )
  .refine(
    ({ heads, detect }) => heads.length > 0 || detect !== undefined,
    "needs heads or detect: what is it to listen for?",
  );

const File = z.strictObject({
  /** Folder for what is kept, beside this file. */
  state: z.string().min(1).default("watch"),
  /** Whose clock hours, days and quiet hours are of. */
  zone: ZoneName.default("UTC"),
  hydrophones: z.record(isHydrophoneName, HydrophoneEntry),
  deliveries: z
    .record(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/, "names are letters, digits, - and _"), DeliveryEntry)
    .default({}),
  /** Sound of events. */
  clips: z
    .strictObject({
      before: Duration.default(3),
      after: Duration.default(3),
      longest: Duration.default(60),
      pictures: z.boolean().default(true),
    })
    .default({ before: 3, after: 3, longest: 60, pictures: true }),
  keep: z
    .strictObject({
      /** Of events, and of their sound. */
      events: Duration.default(365 * 86_400),
      clips: Duration.default(90 * 86_400),
      /** All sound and pictures together; the oldest go first. */
      megabytes: z.number().positive().default(5000),
    })
    .default({ events: 365 * 86_400, clips: 90 * 86_400, megabytes: 5000 }),
  /** How much of what was published while nobody watched is caught up with. */
  "catch-up": Duration.default(6 * 3600),
  /** For how long something must be wrong with a hydrophone before it is told. */
  trouble: Duration.default(300),
  /** Whether deliveries may go to private networks and this machine. */
  "allow-private": z.boolean().default(false),
});

/** What is watched, and how. */
export interface WatchedHydrophone extends Omit<Hydrophone, "source"> {
  /** Undefined where its sound is sent to it, by whoever has the token in `push`. */
  readonly source: LiveSource | undefined;
  readonly push: { readonly token: Secret } | undefined;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  readonly model: string;
  readonly variant: string | undefined;
  readonly engine: "auto" | "ort" | "kernels" | undefined;
  readonly channel: "mean" | number | undefined;
  readonly highpass: number | undefined;
  readonly heads: readonly string[];
  readonly detect: readonly ScoreRule[];
  readonly site: string | undefined;
  readonly events: Partial<EventRule> | undefined;
  readonly thresholds: Readonly<Record<string, number>> | undefined;
  readonly hours: readonly DailyHours[] | undefined;
  readonly deliver: readonly string[];
}

type Parsed = z.infer<typeof File>;

export interface WatchConfig {
  readonly state: string;
  readonly zone: string;
  readonly hydrophones: readonly WatchedHydrophone[];
  readonly deliveries: ReadonlyMap<string, DeliveryEntry>;
  readonly clips: Parsed["clips"];
  readonly keep: Parsed["keep"];
  /** Seconds. */
  readonly catchUp: number;
  /** Seconds for which something must be wrong with a hydrophone before it is told. */
  readonly trouble: number;
  readonly allowPrivate: boolean;
}

/** A watch's configuration of its JSON. Throws `bad_option`: where and what. @param name  of the file, for errors */
export function watchConfig(text: string, name: string): WatchConfig {
  const wrong = (what: string) =>
    new OrcaError("bad_option", `${name} cannot be used: ${what}.`, {
      field: "config",
      hint: "docs/watch.md has an example, and what each line means.",
    });
  const file = checkedJson(text, File, wrong);
  const { state, zone, clips, keep, trouble, "catch-up": catchUp, "allow-private": allowPrivate } = file;
  const deliveries = new Map(Object.entries(file.deliveries));
  const hydrophones = Object.entries(file.hydrophones).map(([id, entry]) => watched(id, entry, deliveries, wrong));
  if (hydrophones.length === 0) throw wrong("hydrophones: there is none");
  for (const [delivery, { hydrophones: only = [] }] of deliveries)
    for (const one of only)
      if (!hydrophones.some(({ name }) => name === one))
        throw wrong(`deliveries.${delivery}.hydrophones: there is no hydrophone ${one}`);
  return { state, zone, hydrophones, deliveries, clips, keep, catchUp, trouble, allowPrivate };
}

function watched(
  name: string,
  {
    title = name,
    url,
    node,
    push,
    hosts,
    detect,
    deliver,
    place,
    licence,
    credit,
    ...rest
  }: Parsed["hydrophones"][string],
  deliveries: ReadonlyMap<string, unknown>,
  wrong: (what: string) => OrcaError,
): WatchedHydrophone {
  const unknown = deliver?.find((one) => !deliveries.has(one));
  if (unknown !== undefined) throw wrong(`hydrophones.${name}.deliver: there is no delivery ${unknown}`);
  const about = Object.entries({ place, licence, credit }).filter(([, value]) => value !== undefined);
  const source =
    push !== undefined
      ? undefined
      : node === undefined
        ? liveSource(url as string, "url", hosts)
        : liveSource(node, "node", hosts);
  const { latitude, longitude, model, variant, engine, channel, highpass, heads, site, events, thresholds, hours } =
    rest;
  return {
    name,
    title,
    ...Object.fromEntries(about),
    source,
    push,
    latitude,
    longitude,
    model,
    variant,
    engine,
    channel,
    highpass,
    heads,
    detect: detect === undefined ? [] : scoreRules(detect),
    site,
    events,
    thresholds,
    hours,
    deliver: deliver ?? [...deliveries.keys()],
  };
}
