import { useEffect, useState } from "preact/hooks";
import { openServed } from "../session/opening.ts";
import { type ServedCollection, servedCollections } from "../session/served-collections.ts";
import type { View } from "../session/view.ts";
import { closeMenu } from "./menu.tsx";

/** The server's collections to choose from; nothing where it has none. */
export function ServedCollections({ view }: { view: View }) {
  const [all, setAll] = useState<readonly ServedCollection[]>([]);
  const [at, setAt] = useState(0);
  useEffect(() => {
    void servedCollections().then(setAll);
  }, []);
  const chosen = all[at] ?? all[0];
  if (chosen === undefined) return null;
  return (
    <div class="hydrophones">
      <label class="field">
        Collection on this server
        <select value={at} onChange={({ currentTarget }) => setAt(Number(currentTarget.value))}>
          {all.map(({ name, model }, place) => (
            <option key={`${name} ${model}`} value={place}>
              {name}, {model}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        onClick={({ currentTarget }) => {
          closeMenu(currentTarget);
          void openServed(view, chosen.name, chosen.model);
        }}
      >
        Open
      </button>
    </div>
  );
}
