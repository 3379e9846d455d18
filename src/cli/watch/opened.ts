import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { NodeSqlite } from "../../collection/sqlite.node.ts";
import { OrcaError, unreadable, writingInto } from "../../errors.ts";
import { realClock } from "../../live/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { nodeRuntime } from "../../runtime.node.ts";
import {
  type DeliveryHost,
  EventStore,
  MessageStore,
  painterOf,
  Watch,
  type WatchConfig,
  watchConfig,
} from "../../watch/index.ts";
import { Lock } from "../extract/lock.ts";
import { loadHead } from "../heads/chosen.ts";
import { printNote } from "../print.ts";
import { ClipFolder } from "./clip-folder.ts";
import { execute } from "./execute.ts";
import { labellingIn } from "./labelled.ts";
import { post } from "./post.ts";

/** A configuration, and where what it keeps lies. */
export interface OpenedConfig {
  readonly config: WatchConfig;
  /** Folder of the file: what it names is relative to it. */
  readonly folder: string;
  readonly state: string;
}

/** Reads a configuration. Throws `bad_option`, `unreadable`. */
export async function readConfig(file: string): Promise<OpenedConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (thrown) {
    const { message, hint } = unreadable(thrown);
    throw new OrcaError("unreadable", `${file}: ${message}`, hint === undefined ? {} : { hint, cause: thrown });
  }
  const config = watchConfig(text, file);
  const folder = dirname(resolve(file));
  return { config, folder, state: resolve(folder, config.state) };
}

/** What a watch has kept, to be looked at while it runs or afterwards. */
export async function openKept({ state }: OpenedConfig) {
  await writingInto(state, () => makeFolder(state));
  const sql = await NodeSqlite.open(databaseIn(state), true);
  return { events: new EventStore(sql), messages: new MessageStore(sql), close: () => sql.close() };
}

/** How deliveries reach their receivers from here. */
export function deliveryHost({ config }: OpenedConfig): DeliveryHost {
  return {
    now: () => realClock.now(),
    secret: (name) => process.env[name],
    post: (posting, within, signal) => post(posting, within, signal, config.allowPrivate),
    execute,
  };
}

/**
 * A watch that is ready to run. Throws `busy` where another one keeps its things there.
 * @param models  folder @param alone  whether it is to run; else it is looked at while another one may
 */
export async function openWatch(opened: OpenedConfig, models: string, alone = true) {
  const { config, folder, state } = opened;
  await writingInto(state, () => makeFolder(state));
  const lock = alone ? await writingInto(state, () => Lock.take(join(state, "lock"))) : undefined;
  const sql = await NodeSqlite.open(databaseIn(state), true);
  const runtime = await nodeRuntime(models);
  const watch = new Watch(config, sql, {
    ...deliveryHost(opened),
    runtime,
    clock: realClock,
    shelf: new ClipFolder(join(state, "clips")),
    paint: (model) => painterOf(model, runtime),
    labelling: labellingIn(join(state, "collections"), join(state, "clips")),
    head: (name) => loadHead(resolve(folder, name)),
    say: (line) => printNote(`${new Date().toISOString()} ${line}`),
  });
  const close = () => {
    sql.close();
    lock?.release();
  };
  return { watch, runtime, close };
}

const databaseIn = (state: string) => join(state, "watch.sqlite");
