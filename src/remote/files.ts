import { OrcaError } from "../errors.ts";
import { type Place, placeText } from "./addresses.ts";
import type { RemoteClient } from "./client.ts";
import { described, type RemoteObject } from "./objects.ts";

/** What a service says of one object or file: size, tag, time. Throws OrcaError. */
export async function describeFile(client: RemoteClient, place: Place): Promise<RemoteObject> {
  try {
    const response = await client.request({ method: "HEAD", place });
    await response.body?.cancel();
    return { place, ...described(response.headers, response.status) };
  } catch (thrown) {
    // HEAD has no words: an address may be signed for GET alone, and a server may not know HEAD. One byte asks, too.
    if (!(thrown instanceof OrcaError) || !["forbidden", "unreadable"].includes(thrown.code)) throw thrown;
  }
  const response = await client.request({ method: "GET", place, headers: { range: "bytes=0-0" } });
  await response.body?.cancel();
  if (response.status === 206 || response.status === 200)
    return { place, ...described(response.headers, response.status) };
  throw new OrcaError("unreadable", `${placeText(place)} answers with status ${response.status}.`);
}
