/**
 * What is to be done with recordings, by whom, and how it ended: no file system, no queue. Runs over folders and buckets,
 * shards of them, and queues are made of it.
 */
export { DoneEntry, Entries, Entry, entryKey, type Ledger } from "./entries.ts";
export { jobKey } from "./key.ts";
export { type Plan, type PlannedTask, planTasks, type Source, type Wanted } from "./plan.ts";
export { Died, type Hand, type Listener, runTasks } from "./run-tasks.ts";
export { type Shard, shardOf } from "./shards.ts";
