import { OrcaError } from "../../errors.ts";

/** A `bad_option` of the front end: `field` is what is wrong, `message` a sentence that begins with its name. */
export function wrongOption(field: string, message: string, hint: string): OrcaError {
  return new OrcaError("bad_option", `Front end: ${message}`, { field, hint });
}

/** Throws unless `value` is a whole number in least .. most. */
export function checkInteger(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw wrongOption(field, `${field} is ${value}.`, `Give a whole number from ${least} to ${most}.`);
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(field: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw wrongOption(field, `${field} is ${value}.`, "Give a number above 0.");
}

/** Throws unless `value` is one of `choices`, or left out where that is allowed. */
export function checkChoice(field: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  throw wrongOption(
    field,
    `${field} is ${value}.`,
    `Give one of ${choices.filter((one) => one !== undefined).join(", ")}.`,
  );
}
