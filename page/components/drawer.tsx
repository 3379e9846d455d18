import type { ComponentChildren } from "preact";
import type { View, Drawer as Which } from "../session/view.ts";
import { EventsPanel } from "./events-panel.tsx";
import { HitsPanel } from "./hits-panel.tsx";
import { LabelsTable } from "./labels-table.tsx";
import { WindowsPanel } from "./windows-panel.tsx";

/** Ranked hits, labels, events: what is listed below the picture. */
export function Drawer({ view, fold }: { view: View; fold: ComponentChildren }) {
  const { session, labels } = view;
  const events = view.detector.events().length;
  const tabs: readonly (readonly [Which, string])[] = [
    ["hits", "Find like this"],
    ["events", `Train and detect ${events === 0 ? "" : events.toLocaleString("en")}`],
    ["labels", `Labels ${labels.count === 0 ? "" : labels.count.toLocaleString("en")}`],
    ["windows", "Windows"],
  ];
  return (
    <>
      <div class="panel-head">
        <div class="tabs" role="tablist" aria-label="Lists">
          {tabs.map(([which, name]) => (
            <button
              key={which}
              type="button"
              role="tab"
              id={`tab-${which}`}
              aria-selected={view.drawer === which}
              aria-controls="drawer-content"
              onClick={() => {
                view.drawer = which;
                session.changed();
              }}
            >
              {name}
            </button>
          ))}
        </div>
        <p class="status" role="status">
          {session.said}
        </p>
        {fold}
      </div>
      <div id="drawer-content" class="drawer-content" role="tabpanel" aria-labelledby={`tab-${view.drawer}`}>
        {view.drawer === "labels" ? (
          <LabelsTable view={view} />
        ) : view.drawer === "windows" ? (
          <WindowsPanel view={view} />
        ) : view.drawer === "events" ? (
          <EventsPanel view={view} />
        ) : (
          <HitsPanel view={view} />
        )}
      </div>
    </>
  );
}
