import { readFile } from "node:fs/promises";
import { OrcaError } from "../../errors.ts";
import { checkSettings, isLoopback, SETTINGS } from "../../http/index.ts";

export { checkSettings };

/**
 * The Worker's settings out of `NAME=VALUE` as a user gives them; `NAME=@FILE` takes a file's contents. On loopback it serves
 * loopback's names where nothing else is said, so that no page can have its own name lead there. Throws `bad_option`.
 * @param on  the address that will be listened at
 */
export async function givenVars(given: readonly string[], { on }: { on: string }): Promise<Record<string, string>> {
  const vars: Record<string, string> = isLoopback(on) ? { ALLOWED_HOSTS: "loopback" } : {};
  for (const text of given) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new OrcaError("bad_option", `--var ${text} is not NAME=VALUE.`, { field: "var" });
    }
    if (!SETTINGS.includes(name)) {
      throw new OrcaError("bad_option", `--var ${name}: there is no such setting.`, {
        field: "var",
        hint: `Settings are: ${SETTINGS.join(", ")}.`,
      });
    }
    vars[name] = value.startsWith("@") ? await readFile(value.slice(1), "utf8") : value;
  }
  return vars;
}
