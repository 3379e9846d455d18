import { problemIn } from "../../records/problems.ts";
import { annotationsOf, type Labelling } from "../../watch/index.ts";
import type { CollectionService } from "../collections/index.ts";

/** Keeps judged events in the collection that has the hydrophone's name, so that heads are trained on them. */
export function labellingIn(collections: CollectionService): Labelling {
  return async (event, verdict, records) => {
    const { clip, hydrophone, made } = event;
    if (clip === undefined) return;
    const all = (async function* () {
      yield records;
    })();
    for await (const _ of collections.keeping(all, hydrophone, clip));
    const ask = async (method: string, query: object, body?: object): Promise<unknown> => {
      const url = `https://collection/?${new URLSearchParams(Object.entries(query))}`;
      const request = new Request(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const response = await collections.answer(request, hydrophone, "annotations", made.model);
      if (!response.ok) throw await problemIn(response);
      return response.json();
    };
    // A person who thinks again takes back what was said before.
    const before = (await ask("GET", { recording: clip, by: verdict.by })) as { annotations: { id: number }[] };
    const ids = before.annotations.map(({ id }) => id);
    if (ids.length > 0) await ask("DELETE", {}, ids);
    await ask("POST", {}, annotationsOf(event, verdict));
  };
}
