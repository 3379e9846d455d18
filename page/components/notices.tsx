import type { Session } from "../session/session.ts";

/** Cards for what failed, in the words of whoever refused. */
export function Failures({ session }: { session: Session }) {
  return (
    <div role="alert">
      {session.failures.map(({ id, about, title, detail, hint, code, byteOffset, again }) => (
        <section key={id} class="card failure" aria-label={`${about}: ${title}`}>
          <h2>{title}</h2>
          <p class="about">{about}</p>
          <p>{detail}</p>
          {hint !== undefined && <p>{hint}</p>}
          {(code !== undefined || byteOffset !== undefined) && (
            <p class="code">
              {code !== undefined && <code>{code}</code>}
              {byteOffset !== undefined && ` at byte ${byteOffset.toLocaleString()}`}
            </p>
          )}
          <div class="tools">
            {again !== undefined && (
              <button
                type="button"
                onClick={() => {
                  session.dismiss(id);
                  again();
                }}
              >
                Try again
              </button>
            )}
            <button type="button" onClick={() => session.dismiss(id)}>
              Dismiss
            </button>
          </div>
        </section>
      ))}
    </div>
  );
}

/** Says loudly that the numbers mean nothing, where they do not. */
export function SeededNotice({ session }: { session: Session }) {
  const results = session.recordings.flatMap(({ results }) => [...results.values()]);
  const seeded = [
    ...new Set(results.filter(({ header }) => header.weights === "seeded").map(({ header }) => header.model)),
  ];
  if (seeded.length === 0) return null;
  return (
    <section class="card seeded" aria-labelledby="seeded">
      <h2 id="seeded">Seeded weights: no learned meaning</h2>
      <p>
        {seeded.join(", ")} {seeded.length === 1 ? "is" : "are"} built from seeded weights here: shapes and numerics are
        right, and what lies near what says nothing. Spectrograms are real.
      </p>
    </section>
  );
}
