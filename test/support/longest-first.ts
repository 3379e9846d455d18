import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take half a minute and more: what begins last should be short, or one core waits for the other. */
const LONGEST = [
  "page/in-chromium",
  "live/endless",
  "workerd/r2",
  "cli/models/fetch",
  "workerd/live",
  "docs/commands",
  "docs/library",
  "nn/goldens",
  "audio/aac/oracle",
  "audio/against-ffmpeg",
];

const rank = ({ moduleId }: TestSpecification) => {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return at < 0 ? LONGEST.length : at;
};

/** The order of vitest's own, but for the longest, which come first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
