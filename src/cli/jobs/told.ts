import type { JobReport } from "../../edge/index.ts";
import { inWords } from "../../watch/index.ts";

/** How much of a job is done, by its bytes: recordings differ in length. */
const percent = ({ state, bytes, bytesDone }: JobReport) =>
  state === "done" ? 100 : bytes === 0 ? 0 : Math.floor((100 * bytesDone) / bytes);

/** A job in a line of a table; fields are parted by tabs. */
export function jobLine(job: JobReport): string {
  const { id, state, request, recordings, done, failed } = job;
  return [id, state, `${percent(job)} %`, `${done}/${recordings}`, `${failed}`, request.model, request.prefix].join(
    "\t",
  );
}

export const JOB_COLUMNS = ["job", "state", "done", "recordings", "failed", "model", "below"].join("\t");

/** How a job does, in a sentence or a few. */
export function jobLines(job: JobReport): string[] {
  const { id, state, request, message, recordings, done, failed, givenUp, pieces, speed, left } = job;
  const of = `${request.model} for ${request.prefix === "" ? "all of the bucket" : request.prefix}, to ${request.out}`;
  const parts = [
    `${done} of ${recordings} recordings are done (${percent(job)} %)`,
    ...(pieces === undefined ? [] : [`${pieces.done} of ${pieces.all} pieces of long ones`]),
    ...(failed > 0 ? [`${failed} failed${givenUp > 0 ? `, ${givenUp} of them given up by the queue` : ""}`] : []),
    ...(speed > 0 ? [`${speed.toFixed(speed < 10 ? 1 : 0)} x real time`] : []),
    ...(left === undefined || state === "done" ? [] : [`${inWords(left)} left`]),
  ];
  return [
    `${id}: ${state}. ${of}.`,
    `${parts.join(", ")}.`,
    ...(message === undefined ? [] : [message]),
    ...job.failures.map(({ key, message: why }) => `${key}: ${why}`),
    ...(failed > job.failures.length ? [`… ${failed - job.failures.length} more: orca-embed jobs failures ${id}`] : []),
  ];
}
