import { useEffect, useState } from "preact/hooks";
import type { View } from "../session/view.ts";
import { Sources } from "./top-bar.tsx";

/** The first screen: what this is, and how sound comes in. */
export function Empty({ view }: { view: View }) {
  const { session } = view;
  const [kept, setKept] = useState(0);
  useEffect(() => {
    void view.labels.kept().then(setKept);
  }, [view]);
  return (
    <main class="empty">
      <section aria-labelledby="empty-title">
        <h2 id="empty-title">Drop recordings here</h2>
        <p class="lead">
          See them as spectrograms, mark a call, find everything like it, and take your labels away. Recordings stay on
          this device unless you choose the server.
        </p>
        <Sources view={view} />
        {kept > 0 && <p class="hint">Labels of {kept} recordings are kept in this browser, and come back with them.</p>}
        <p class="hint">
          A collection of <code>orca-embed collect</code>, or a bundle of <code>orca-embed project</code>, opens too:
          drop its folder or zip.
        </p>
        <p class="status" role="status">
          {session.said}
        </p>
      </section>
    </main>
  );
}
