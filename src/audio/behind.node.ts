import { open, stat } from "node:fs/promises";
import { type Behind, lookBehind } from "./behind.ts";

/** As `lookBehind`, into a file on disk; nothing where it is no file, or cannot be read. */
export async function lookBehindFile(path: string): Promise<Behind> {
  // Opening a pipe would wait for its writer, and take from it.
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return {};
  const { size } = stats;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return { size };
  try {
    return await lookBehind({
      size,
      async read(at, length) {
        const bytes = new Uint8Array(Math.min(length, Math.max(0, size - at)));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
        return bytes.subarray(0, bytesRead);
      },
    });
  } catch {
    return { size };
  } finally {
    await file.close();
  }
}
