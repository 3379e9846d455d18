import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildLibrary } from "../../scripts/support/library.ts";
import { sceneWav } from "./recordings.ts";
import { seededFolder } from "./test-models.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A project of someone who installed the package: what npm would pack, beside its dependencies and nothing else. */
export class UserProject {
  readonly folder = mkdtempSync(join(tmpdir(), "orca-user-"));
  readonly installed = join(this.folder, "node_modules/orca-embeddings");

  static async make(): Promise<UserProject> {
    const project = new UserProject();
    const { folder, installed } = project;
    mkdirSync(join(installed, "build"), { recursive: true });
    mkdirSync(join(installed, "models"));
    cpSync(join(root, "package.json"), join(installed, "package.json"));
    await buildLibrary(join(installed, "lib"));
    for (const file of packed().filter((name) => /^(build|models\/presets)\//.test(name))) {
      cpSync(join(root, file), join(installed, file));
    }
    symlinkSync(seededFolder, join(installed, "models/onnx"));
    symlinkSync(seededFolder, join(folder, "models"));
    for (const name of dependencies()) project.install(name);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    // 4 s.
    writeFileSync(join(folder, "call.wav"), sceneWav(4));
    return project;
  }

  /** A package of the repository's, installed. */
  install(name: string): void {
    const place = join(this.folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, "node_modules", name), place);
  }

  /** Has the compiler look at files of the project, against the package's types, as Node and as a bundler resolve them. */
  async check(files: readonly string[]): Promise<void> {
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const types = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"];
    const options = ["--strict", "--noEmit", "--skipLibCheck", "false", "--target", "es2024", ...types];
    for (const resolution of [
      ["--module", "nodenext"],
      ["--module", "esnext", "--moduleResolution", "bundler", "--customConditions", "node"],
    ]) {
      await promisify(execFile)(process.execPath, [compiler, ...options, ...resolution, ...files], {
        cwd: this.folder,
      }).catch((thrown: { stdout: string }) => {
        throw new Error(thrown.stdout);
      });
    }
  }

  /** What a module of the project prints; rejects with `code` and `stderr` where it fails. */
  run(file: string, ...args: string[]): Promise<string> {
    return this.runIn(".", file, ...args);
  }

  /** The same in a folder of the project. */
  async runIn(folder: string, file: string, ...args: string[]): Promise<string> {
    return (await promisify(execFile)(process.execPath, [file, ...args], { cwd: join(this.folder, folder) })).stdout;
  }

  /** The file of `npx orca-embed`. */
  get command(): string {
    return join(this.installed, "lib/orca-embed.js");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The files that npm would pack; lib/ is there when it was built. */
export function packed(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const listed = execFileSync("npm", args, { cwd: root, encoding: "utf8" });
  const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

/** What npm installs with the package, by the lock file. */
export function dependencies(): string[] {
  interface Locked {
    readonly dev?: true;
    readonly optional?: true;
    readonly peer?: true;
    readonly link?: true;
    readonly devOptional?: true;
  }
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, Locked>>;
  };
  return Object.entries(lock.packages).flatMap(([path, { dev, optional, peer, link, devOptional }]) => {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    return name === undefined || dev || optional || peer || link || devOptional ? [] : [name];
  });
}
