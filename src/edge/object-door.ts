import type { JobsEnv } from "./bindings.ts";

/** The part of a Durable Object's storage that is used: developers.cloudflare.com/durable-objects/api/sqlite-storage-api. */
export interface ObjectState {
  readonly storage: {
    readonly sql: { exec(query: string, ...values: readonly (string | number | null)[]): { toArray(): Row[] } };
    transactionSync<T>(work: () => T): T;
  };
}
export type Row = Readonly<Record<string, string | number | null>>;

/** Asks a Durable Object by name: a path and a body, an answer in JSON. */
export function asked(objects: JobsEnv["JOBS"], name: string): <T>(path: string, body: object) => Promise<T> {
  const object = objects.get(objects.idFromName(name));
  return async <T>(path: string, body: object) => {
    const request = new Request(`http://job/${path}`, { method: "POST", body: JSON.stringify(body) });
    const response = await object.fetch(request);
    if (!response.ok) throw new Error(`The job's object answers ${path} with ${response.status}.`);
    return (await response.json()) as T;
  };
}

/** What a Durable Object answers: by paths, each with the body that it takes. */
export async function answered(
  request: Request,
  answers: Readonly<Record<string, (body: never) => unknown>>,
): Promise<Response> {
  const answer = answers[new URL(request.url).pathname.slice(1)];
  if (answer === undefined) return new Response(null, { status: 404 });
  return Response.json(answer((await request.json()) as never));
}
