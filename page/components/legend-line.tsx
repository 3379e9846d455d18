import type { Legend } from "../views/legend.ts";

/** What the colours mean. Names can be buttons. */
export function LegendLine({ legend, pick }: { legend: Legend; pick?: (name: string) => void }) {
  if (legend.kind === "scale") {
    return (
      <p class="legend">
        {legend.low} <span class="ramp" /> {legend.high}
      </p>
    );
  }
  return (
    <ul class="legend">
      {legend.names.map(({ name, colour, count }) => {
        const inside = (
          <>
            <span class="dot" style={{ background: colour }} /> {name}
            {count === undefined ? null : <span class="number"> {count.toLocaleString("en")}</span>}
          </>
        );
        return (
          <li key={name}>
            {pick === undefined ? (
              inside
            ) : (
              <button type="button" class="plain" title={`Mark ${name}`} onClick={() => pick(name)}>
                {inside}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
