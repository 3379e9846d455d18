import { OrcaError } from "../../errors.ts";
import { headFileName } from "../../heads/index.ts";
import { type WatchConfig, watchConfig } from "../../watch/index.ts";

/**
 * The setting WATCHES: what `watch.json` holds (docs/watch.md). Undefined where nothing is watched. Throws `bad_option`, also
 * for programs, which nothing can run in a Worker.
 */
export function watchesFrom(text: string | undefined): WatchConfig | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const config = watchConfig(text, "WATCHES");
  for (const [name, { kind }] of config.deliveries) {
    if (kind !== "exec") continue;
    throw new OrcaError("bad_option", `WATCHES cannot be used: deliveries.${name} runs a program.`, {
      field: "WATCHES",
      hint: "A Worker runs no programs: use another kind, or orca-embed watch.",
    });
  }
  return config;
}

/** A head's name among the operator's, by what the configuration calls its file. */
export function headName(file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const ending = headFileName("");
  return name.endsWith(ending) ? name.slice(0, -ending.length) : name;
}

/** The names of the secrets that deliveries and senders of sound have. */
export function secretNames({ deliveries, hydrophones }: WatchConfig): string[] {
  const tokens = hydrophones.flatMap(({ push }) => (push === undefined ? [] : [push.token.env]));
  const names = [...deliveries.values()].flatMap((delivery) =>
    [Reflect.get(delivery, "to"), Reflect.get(delivery, "token"), Reflect.get(delivery, "secret")].flatMap(
      (field: unknown) => (typeof field === "object" && field !== null && "env" in field ? [String(field.env)] : []),
    ),
  );
  return [...new Set([...names, ...tokens])];
}
