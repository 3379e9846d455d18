import { Command } from "commander";
import { OrcaError } from "../../errors.ts";
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
  return withOptions(command, WATCH, (file: string, read) => run(file, read()))
    .addCommand(withOptions(test, {}, (file: string) => testAll(file)))
    .addCommand(withOptions(events, WATCH_EVENTS, (file: string, read) => listEvents(file, read())))
    .addCommand(withOptions(undelivered, {}, (file: string) => listUndelivered(file)));
}

async function run(file: string, { serve, folder }: ValuesOf<typeof WATCH>): Promise<void> {
  const opened = await readConfig(file);
  const { watch, close } = await openWatch(opened, folder);
  const leaving = new AbortController();
  // What has come is still written down; a second Ctrl-C ends at once.
  process.once("SIGINT", () => leaving.abort());
  process.once("SIGTERM", () => leaving.abort());
  const { hydrophones, deliveries } = opened.config;
  const names = (list: Iterable<string>) => [...list].join(", ") || "nobody";
  printNote(`Watching ${names(hydrophones.map(({ name }) => name))}; telling ${names(deliveries.keys())}.`);
  const server = serve === undefined ? undefined : await serveOnLoopback(serve, watching(watch));
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
