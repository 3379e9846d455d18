import { useMemo, useState } from "preact/hooks";
import { type BundleView, type Experiment, MOST_FOR_UMAP } from "../../bundle/bundle-view.ts";
import { FEWEST_FOR_UMAP } from "../../session/points.ts";
import type { Session } from "../../session/session.ts";
import { LegendLine } from "../legend-line.tsx";
import { type Plane, PlaneStage } from "../plane-stage.tsx";
import { labelOf, readable } from "./labels.ts";
import { PointPanel } from "./point-panel.tsx";
import { PointsTable } from "./points-table.tsx";
import { SearchTools } from "./search-tools.tsx";
import { Thumbnail } from "./thumbnail.tsx";

/** Cells that are shown beside the mouse. */
const TIP_CELLS = 7;

/** A bundle of the Embedding Projector, looked at. */
export function Viewer({ bundle, session, close }: { bundle: BundleView; session: Session; close: () => void }) {
  const { experiment, embeddings, files, reading } = bundle;
  const seeded = experiment?.info.tensorName.includes("seeded weights") === true;
  return (
    <>
      <section class="panel" aria-labelledby="bundle">
        <h2 id="bundle">{files.name}</h2>
        <div class="tools">
          <label>
            Embeddings{" "}
            <select
              value={experiment === undefined ? 0 : embeddings.indexOf(experiment.info)}
              disabled={embeddings.length === 0}
              onChange={({ currentTarget }) => void bundle.show(Number(currentTarget.value))}
            >
              {embeddings.map(({ tensorName, tensorShape: [count, size] }, at) => (
                <option key={`${at} ${tensorName}`} value={at}>
                  {tensorName}: {count.toLocaleString("en")} × {size}
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={close}>
            Close the bundle
          </button>
        </div>
        {reading !== undefined && (
          <div class="progress">
            <progress aria-label={`Reading ${reading}`} />
            <span>Reading {reading} …</span>
          </div>
        )}
        <p class="status" role="status">
          {session.said}
        </p>
      </section>
      {seeded && (
        <section class="card seeded" aria-labelledby="seeded">
          <h2 id="seeded">Seeded weights: no learned meaning</h2>
          <p>What lies near what says nothing; the pictures of the spectrograms are real.</p>
        </section>
      )}
      {experiment !== undefined && bundle.count > 0 && (
        <>
          <div class="two">
            <section class="panel" aria-labelledby="points">
              <h2 id="points">{bundle.count.toLocaleString("en")} points</h2>
              <PlaneTools bundle={bundle} session={session} experiment={experiment} />
              {experiment.metadata !== undefined && <SearchTools bundle={bundle} metadata={experiment.metadata} />}
              <Stage bundle={bundle} session={session} experiment={experiment} />
            </section>
            <section class="panel selection" aria-labelledby="close-up">
              <h2 id="close-up">Up close</h2>
              <PointPanel bundle={bundle} experiment={experiment} />
            </section>
          </div>
          <PointsTable key={experiment.info.tensorName} bundle={bundle} experiment={experiment} />
        </>
      )}
    </>
  );
}

function PlaneTools({ bundle, session, experiment }: { bundle: BundleView; session: Session; experiment: Experiment }) {
  const { colouring, projection, progress, count } = bundle;
  const few = count < FEWEST_FOR_UMAP;
  return (
    <div class="tools">
      <label>
        Colour by{" "}
        <select
          value={colouring?.column ?? -1}
          onChange={({ currentTarget }) => {
            bundle.colouring = experiment.colourings.find(({ column }) => column === Number(currentTarget.value));
            session.changed();
          }}
        >
          <option value={-1}>order</option>
          {experiment.colourings.map(({ column, name }) => (
            <option key={name} value={column}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="choice">
        <legend class="hidden">Picture</legend>
        <button type="button" aria-pressed={projection === "pca"} onClick={() => bundle.usePca()}>
          PCA
        </button>
        <button
          type="button"
          aria-pressed={projection === "umap"}
          disabled={few}
          title={few ? `UMAP needs ${FEWEST_FOR_UMAP} points` : "Computes in the background"}
          onClick={() => void bundle.runUmap()}
        >
          UMAP{progress === undefined ? "" : ` ${(100 * progress).toFixed(0)} %`}
        </button>
      </fieldset>
      {projection === "umap" && count > MOST_FOR_UMAP && (
        <span class="hint">
          {MOST_FOR_UMAP.toLocaleString("en")} of {count.toLocaleString("en")} points, evenly sampled
        </span>
      )}
    </div>
  );
}

interface Tip {
  readonly point: number;
  readonly x: number;
  readonly y: number;
}

function Stage({ bundle, session, experiment }: { bundle: BundleView; session: Session; experiment: Experiment }) {
  const [tip, setTip] = useState<Tip | undefined>();
  const plane = useMemo(
    (): Plane => ({
      label: `Points of ${experiment.info.tensorName}`,
      get count() {
        return bundle.count;
      },
      positions: () => bundle.positions(),
      colour: () => bundle.colours().colour,
      shown: () => bundle.shown(),
      axes: () => bundle.axes(),
      get selected() {
        return bundle.selected;
      },
      get cursor() {
        return bundle.cursor;
      },
      playing: undefined,
      spoken() {
        const { cursor, count } = bundle;
        if (cursor === undefined) return `${count} points, none looked at`;
        return `Point ${cursor + 1} of ${count}, ${labelOf(experiment, cursor)}${bundle.selected.has(cursor) ? ", marked" : ""}`;
      },
      look: (point) => bundle.look(point),
      act(point) {
        if (point !== bundle.cursor) bundle.selected = new Set();
        bundle.look(point);
      },
      select: (points) => bundle.select(points),
      clear: () => bundle.clear(),
      hover: (point, x, y) => setTip(point === undefined ? undefined : { point, x, y }),
      subscribe: session.subscribe,
    }),
    [bundle, experiment],
  );
  const { legend } = bundle.colours();
  const mark = (name: string) => {
    const { colouring } = bundle;
    const values = experiment.metadata?.values(colouring?.column ?? -1) ?? [];
    bundle.select(values.flatMap((value, at) => (value === name && at < bundle.count ? [at] : [])));
  };
  return (
    <>
      <div class="with-tip">
        <PlaneStage plane={plane} />
        {tip !== undefined && <TipBox tip={tip} experiment={experiment} />}
      </div>
      <LegendLine legend={legend} pick={mark} />
    </>
  );
}

/** What the mouse is over; the same stands in the panel beside when it is clicked or stepped to. */
function TipBox({ tip: { point, x, y }, experiment }: { tip: Tip; experiment: Experiment }) {
  const { metadata } = experiment;
  const cells = metadata?.cells(point) ?? [];
  return (
    <div class="tip" aria-hidden="true" style={{ left: `${x + 14}px`, top: `${y + 46}px` }}>
      <Thumbnail experiment={experiment} point={point} />
      <dl>
        {metadata?.columns.slice(0, TIP_CELLS).map((name, at) => (
          <>
            <dt>{name}</dt>
            <dd>{readable(cells[at] ?? null)}</dd>
          </>
        ))}
      </dl>
    </div>
  );
}
