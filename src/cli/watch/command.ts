import { userInfo } from "node:os";
import { Command } from "commander";
import { OrcaError } from "../../errors.ts";
import { adviceJson } from "../../http/events/index.ts";
import { option, text, type ValuesOf, whole } from "../../options/index.ts";
import { utcText } from "../../times/index.ts";
import { eventJson, testDeliveries } from "../../watch/index.ts";
import { serveOnLoopback } from "../loopback-server.ts";
import { modelsFolder, withOptions } from "../options.ts";
import { printJson, printLine, printNote } from "../print.ts";
import { deliveryHost, openKept, openWatch, readConfig } from "./opened.ts";
import { watching } from "./served.ts";

export const WATCH = {
  serve: option({
    name: "serve",
    ...whole(0, 65_535),
    otherwise: "nothing is served",
    help: "Port on this machine on which events are listed, heard and judged; 0 is any that is free.",
    argument: "<port>",
  }),
  folder: modelsFolder,
};

export const WATCH_EVENTS = {
  hydrophone: option({
    name: "hydrophone",
    ...text("a name"),
    help: "Only of this hydrophone.",
    argument: "<name>",
  }),
  class: option({ name: "class", ...text("a class"), help: "Only of this class.", argument: "<name>" }),
  since: option({
    name: "since",
    ...text("a time"),
    help: "Only those that ended since: ISO 8601 with Z or an offset, or a date.",
    argument: "<time>",
    read: (given, said) => {
      const utc = Date.parse(given);
      if (!Number.isNaN(utc)) return utc;
      throw new OrcaError("bad_option", `${said} is no time.`, { field: "since", hint: "Write 2026-11-28T12:00:00Z." });
    },
  }),
  most: option({
    name: "most",
    ...whole(1, 1_000_000, "events"),
    default: "100",
    help: "So many, the newest first.",
    argument: "<count>",
  }),
};

export const WATCH_THRESHOLDS = {
  hydrophone: WATCH_EVENTS.hydrophone,
  falseAlarms: option({
    name: "false-alarms",
    ...whole(1, 100_000, "a day"),
    default: "1",
    help: "So many false alarms a day are put up with.",
    argument: "<count>",
  }),
  set: option({
    name: "set",
    ...text("`HEAD/CLASS=0.93`"),
    help: "Sets a threshold at --hydrophone, in the place of the file's and the head's; a watch that runs takes it within half a minute.",
    argument: "<threshold>",
    read: (given, said) => {
      const [, head, name, threshold] = /^([^/]+)\/(.+)=([^=]+)$/.exec(given) ?? [];
      if (head !== undefined && name !== undefined && threshold !== undefined)
        return { head, class: name, threshold: Number(threshold) };
      throw new OrcaError("bad_option", `${said} sets nothing.`, { field: "set", hint: "Write HEAD/CLASS=0.93." });
    },
  }),
  undo: option({
    name: "undo",
    ...text("`HEAD/CLASS`"),
    help: "A threshold that was set at --hydrophone holds no longer.",
    argument: "<class>",
    read: (given, said) => {
      const [, head, name] = /^([^/]+)\/(.+)$/.exec(given) ?? [];
      if (head !== undefined && name !== undefined) return { head, class: name };
      throw new OrcaError("bad_option", `${said} names no class.`, { field: "undo", hint: "Write HEAD/CLASS." });
    },
  }),
  by: option({
    name: "by",
    ...text("a name"),
    otherwise: "the user of this machine",
    help: "Who sets it.",
    argument: "<name>",
  }),
  folder: modelsFolder,
};

export function watchCommand(): Command {
  const command = new Command("watch")
    .description(
      "Follows hydrophones by itself, keeps what it finds, and tells it: webhooks, ntfy, commands, Orcasound's own forms.",
    )
    .argument("<config>", "the watch's configuration, JSON (docs/watch.md)");
  const test = new Command("test")
    .description("Sends a test to each delivery, and says what became of it.")
    .argument("<config>", "the watch's configuration");
  const events = new Command("events")
    .description("What was found, as lines of JSON, the newest first.")
    .argument("<config>", "the watch's configuration");
  const undelivered = new Command("undelivered")
    .description("What could not be delivered, or is still being tried, as lines of JSON.")
    .argument("<config>", "the watch's configuration");
  const thresholds = new Command("thresholds")
    .description("What the last week's background suggests as thresholds, as lines of JSON; sets one, or undoes it.")
    .argument("<config>", "the watch's configuration");
  return withOptions(command, WATCH, (file: string, read) => run(file, read()))
    .addCommand(withOptions(thresholds, WATCH_THRESHOLDS, (file: string, read) => adviseThresholds(file, read())))
    .addCommand(withOptions(test, {}, (file: string) => testAll(file)))
    .addCommand(withOptions(events, WATCH_EVENTS, (file: string, read) => listEvents(file, read())))
    .addCommand(withOptions(undelivered, {}, (file: string) => listUndelivered(file)));
}

async function run(file: string, { serve, folder }: ValuesOf<typeof WATCH>): Promise<void> {
  const opened = await readConfig(file);
  const { watch, runtime, close } = await openWatch(opened, folder);
  const leaving = new AbortController();
  // What has come is still written down; a second Ctrl-C ends at once.
  process.once("SIGINT", () => leaving.abort());
  process.once("SIGTERM", () => leaving.abort());
  const { hydrophones, deliveries } = opened.config;
  const names = (list: Iterable<string>) => [...list].join(", ") || "nobody";
  printNote(`Watching ${names(hydrophones.map(({ name }) => name))}; telling ${names(deliveries.keys())}.`);
  const { respond, take } = watching(watch, runtime);
  const server = serve === undefined ? undefined : await serveOnLoopback(serve, respond, take);
  if (server !== undefined) printLine(`${server.url}/v1/hydrophones`);
  try {
    await watch.run(leaving.signal);
  } finally {
    leaving.abort();
    await server?.stop();
    close();
  }
}

async function testAll(file: string): Promise<void> {
  const opened = await readConfig(file);
  const { config } = opened;
  if (config.deliveries.size === 0) throw new OrcaError("bad_option", `${file} has no deliveries to test.`);
  for await (const { name, delivered, said } of testDeliveries(
    config,
    deliveryHost(opened),
    new AbortController().signal,
  )) {
    printLine(`${name}: ${delivered ? "arrived" : "did not arrive"}: ${said}`);
    if (!delivered) process.exitCode = 1;
  }
}

async function listEvents(file: string, chosen: ValuesOf<typeof WATCH_EVENTS>): Promise<void> {
  const opened = await readConfig(file);
  const kept = await openKept(opened);
  const { hydrophone, since, most } = chosen;
  const hydrophones = new Map(opened.config.hydrophones.map((one) => [one.name, one]));
  try {
    for (const event of kept.events.events({ hydrophone, class: chosen.class, from: since }, most))
      await printJson(`${JSON.stringify(eventJson(event, hydrophones.get(event.hydrophone)))}\n`);
  } finally {
    kept.close();
  }
}

async function adviseThresholds(file: string, chosen: ValuesOf<typeof WATCH_THRESHOLDS>): Promise<void> {
  const { hydrophone, falseAlarms, set, undo, by = userInfo().username, folder } = chosen;
  if ((set !== undefined || undo !== undefined) && hydrophone === undefined)
    throw new OrcaError("bad_option", "Say at which hydrophone: --hydrophone NAME.", { field: "hydrophone" });
  const { watch, close } = await openWatch(await readConfig(file), folder, false);
  try {
    if (set !== undefined) await watch.setThreshold(hydrophone ?? "", set.head, set.class, set.threshold, by);
    if (undo !== undefined && !(await watch.undoThreshold(hydrophone ?? "", undo.head, undo.class)))
      throw new OrcaError("not_found", `No threshold of ${undo.head}/${undo.class} was set that holds.`);
    const names = watch.config.hydrophones.map(({ name }) => name);
    for (const name of hydrophone === undefined ? names : [hydrophone])
      for (const advice of await watch.advice(name, falseAlarms))
        await printJson(`${JSON.stringify({ hydrophone: name, ...adviceJson(advice) })}\n`);
  } finally {
    close();
  }
}

async function listUndelivered(file: string): Promise<void> {
  const kept = await openKept(await readConfig(file));
  const time = (utc: number | undefined) => (utc === undefined ? undefined : utcText(utc));
  try {
    for (const state of ["undelivered", "due"] as const)
      for (const message of kept.messages.list(state, 1_000_000)) {
        if (message.attempts === 0) continue;
        const { key, delivery, kind, events, attempts, said, created, next } = message;
        const times = { created: time(created), next: time(next) };
        await printJson(`${JSON.stringify({ state, delivery, kind, id: key, events, attempts, said, ...times })}\n`);
      }
  } finally {
    kept.close();
  }
}
