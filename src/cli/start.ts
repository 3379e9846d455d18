#!/usr/bin/env node
/** `orca-embed` as it is installed: looks at Node first, as an old one fails while it reads what main.ts imports. */
import { nodeTooOld } from "../least-node.node.ts";

const old = nodeTooOld();
if (old === undefined) await import("./main.ts");
else {
  console.error(old);
  process.exitCode = 2;
}
