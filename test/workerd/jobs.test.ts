import { test } from "vitest";
import { LONG } from "../support/long.ts";
import { killedJobs } from "./support/killed-jobs.ts";

test("a job through real queues and objects, every message twice and its processes killed: each recording has one result", {
  timeout: 3_600_000,
}, async () => {
  const size = LONG ? { count: 500, long: 60, kills: 3 } : { count: 16, long: 12, kills: 1 };
  console.log(await killedJobs(size));
});
