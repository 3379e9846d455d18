import { useEffect, useState } from "preact/hooks";
import type { GapRecord } from "../../src/records/index.ts";
import { type Hydrophone, hydrophones } from "../live/hydrophone-socket.ts";
import type { Session } from "../session/session.ts";

/** The server's live hydrophones to choose from; nothing where it has none. */
export function Hydrophones({ session, follow }: { session: Session; follow: (hydrophone: Hydrophone) => void }) {
  const [all, setAll] = useState<readonly Hydrophone[]>([]);
  const [name, setName] = useState("");
  useEffect(() => {
    void hydrophones().then(setAll);
  }, []);
  const chosen = all.find((hydrophone) => hydrophone.name === name) ?? all[0];
  if (chosen === undefined) return null;
  const { following } = session;
  const running = following?.running === true;
  const about = [chosen.place, chosen.credit, chosen.licence].filter((part) => part !== undefined).join(" · ");
  return (
    <div class="hydrophones">
      <label>
        Live hydrophone{" "}
        <select value={chosen.name} disabled={running} onChange={({ currentTarget }) => setName(currentTarget.value)}>
          {all.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <button type="button" disabled={session.live} onClick={() => follow(chosen)}>
        Follow
      </button>
      {running && (
        <button
          type="button"
          aria-pressed={following.player.on}
          onClick={() => {
            if (following.player.on) following.player.stop();
            else following.player.start();
            session.changed();
          }}
        >
          {following.player.on ? "Sound off" : "Sound on"}
        </button>
      )}
      {about !== "" && <small>{about}</small>}
      {following?.waiting !== undefined && <p class="status">{following.waiting}</p>}
      {following !== undefined && following.gaps.length > 0 && <Gaps gaps={following.gaps} />}
    </div>
  );
}

/** Gaps that are listed; of more, the newest. */
const MOST_GAPS = 5;

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
