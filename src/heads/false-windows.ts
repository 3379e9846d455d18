import { counted } from "../counted.ts";
import type { JudgedSite } from "./judge.ts";

/** `8 min`, `2.5 h`. */
export const timeOf = (hours: number): string =>
  hours >= 1 ? `${hours.toFixed(1)} h` : `${Math.max(1, Math.round(60 * hours))} min`;

/** False windows in words: of less than an hour of background they are no rate, and are counted. Undefined without background. */
export function falseWindows({
  falseAlarmsPerHour: rate,
  backgroundHours: hours,
}: Pick<JudgedSite, "falseAlarmsPerHour" | "backgroundHours">): string | undefined {
  if (rate === null) return undefined;
  const within = `in ${timeOf(hours)} of background`;
  return hours >= 1
    ? `${rate.toFixed(2)} false windows an hour ${within}`
    : `${counted(Math.round(rate * hours), "false window")} ${within}`;
}
