import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced block of README.md or docs/. */
export interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Beside the texts lie pictures. */
const isText = (file: string) => file.endsWith(".md");

/** Every fenced block that names its language. */
export function blocks(): Block[] {
  const files = [
    "README.md",
    ...readdirSync(join(root, "docs"))
      .filter(isText)
      .map((file) => `docs/${file}`),
  ];
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(({ 1: language = "", 2: body = "", index }) => ({
      file,
      line: text.slice(0, index).split("\n").length,
      language,
      text: body,
    }));
  });
}

/** The commands of the `sh` blocks, without their comments; lines that end in a backslash are joined. */
export function commands(): { readonly where: string; readonly command: string }[] {
  return blocks()
    .filter(({ language }) => language === "sh")
    .flatMap(({ file, line, text }) =>
      text
        .replaceAll(/\\\n\s*/g, "")
        .split("\n")
        .map((command) => command.replace(/(^|\s)#.*$/, "").trim())
        .filter((command) => command !== "")
        .map((command) => ({ where: `${file}:${line}`, command })),
    );
}
