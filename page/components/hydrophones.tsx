import { useEffect, useState } from "preact/hooks";
import type { GapRecord } from "../../src/records/index.ts";
import { type Hydrophone, hydrophones } from "../live/hydrophone-socket.ts";
import type { View } from "../session/view.ts";
import { closeMenu } from "./menu.tsx";

/** The server's live hydrophones to choose from; nothing where it has none. */
export function Hydrophones({ view }: { view: View }) {
  const { session } = view;
  const [all, setAll] = useState<readonly Hydrophone[]>([]);
  const [name, setName] = useState("");
  useEffect(() => {
    void hydrophones().then(setAll);
  }, []);
  const chosen = all.find((hydrophone) => hydrophone.name === name) ?? all[0];
  if (chosen === undefined) return null;
  const about = [chosen.place, chosen.credit, chosen.licence].filter((part) => part !== undefined).join(" · ");
  return (
    <div class="hydrophones">
      <label class="field">
        Live hydrophone
        <select
          value={chosen.name}
          disabled={session.live}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        >
          {all.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        disabled={session.live}
        onClick={({ currentTarget }) => {
          const [model = "yamnet"] = view.chosen;
          view.model = model;
          // A click may sound; it is turned off where it is not wanted.
          session.follow(chosen, model).player.start();
          closeMenu(currentTarget);
        }}
      >
        Listen
      </button>
      {about !== "" && <small>{about}</small>}
    </div>
  );
}

/** Gaps that are listed; of more, the newest. */
const MOST_GAPS = 5;

/** What is heard of the hydrophone that is listened to, and what is missing. */
export function Listening({ view: { session } }: { view: View }) {
  const { following } = session;
  if (following === undefined || (!following.running && following.gaps.length === 0)) return null;
  const { player, gaps, waiting, running, hydrophone } = following;
  return (
    <section class="listening" aria-label={hydrophone.title}>
      <b>{hydrophone.title}</b>
      {running && (
        <button
          type="button"
          aria-pressed={player.on}
          onClick={() => {
            if (player.on) player.stop();
            else player.start();
            session.changed();
          }}
        >
          {player.on ? "Sound off" : "Sound on"}
        </button>
      )}
      {waiting !== undefined && <p class="hint">{waiting}</p>}
      {gaps.length > 0 && <Gaps gaps={gaps} />}
    </section>
  );
}

function Gaps({ gaps }: { gaps: readonly GapRecord[] }) {
  return (
    <details open>
      <summary>{gaps.length === 1 ? "1 gap" : `${gaps.length} gaps`}</summary>
      <ul class="gaps">
        {gaps.slice(-MOST_GAPS).map((gap) => (
          <li key={`${gap.utc} ${gap.message}`}>
            {gap.seconds === undefined ? "Audio" : `${gap.seconds.toFixed(1)} s`} missing
            {gap.utc !== undefined && ` from ${gap.utc.slice(11, 21)} UTC`}: {gap.message}
          </li>
        ))}
      </ul>
    </details>
  );
}
