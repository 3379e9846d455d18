import type { Session } from "../session/session.ts";

/** What failed, in one list, in the words of whoever refused. */
export function Failures({ session }: { session: Session }) {
  const { failures } = session;
  return (
    <div role="alert" class={`failures${failures.length === 0 ? " none" : ""}`}>
      {failures.length > 1 && (
        <div class="failures-head">
          <b>{failures.length} things went wrong</b>
          <button
            type="button"
            onClick={() => {
              for (const { id } of failures) session.dismiss(id);
            }}
          >
            Dismiss all
          </button>
        </div>
      )}
      {failures.map(({ id, about, title, detail, hint, code, byteOffset, again }) => (
        <section key={id} class="failure" aria-label={`${about}: ${title}`}>
          <h2>{title}</h2>
          <p class="about">{about}</p>
          <p>
            {detail} {hint}
          </p>
          {(code !== undefined || byteOffset !== undefined) && (
            <p class="code">
              {code !== undefined && <code>{code}</code>}
              {byteOffset !== undefined && ` at byte ${byteOffset.toLocaleString("en")}`}
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
    <p class="seeded">
      <b>{seeded.join(", ")}: untrained (seeded) weights.</b> These embeddings have no learned meaning: points that lie
      near one another need not sound alike. The spectrograms are real.
    </p>
  );
}
