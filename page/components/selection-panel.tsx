import { useEffect, useRef } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { clock, wallClock } from "../audio/times.ts";
import type { Point } from "../session/points.ts";
import type { View } from "../session/view.ts";
import { MAGMA_PIXELS } from "../views/colours.ts";

/** Marked windows that are shown one by one. */
const STRIP = 16;

/** The window that is looked at, the marked ones, and those most like it. */
export function SelectionPanel({ view }: { view: View }) {
  const point = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  if (point === undefined || view.cursor === undefined) {
    return (
      <p class="hint">
        Click a point to hear its window; draw around points to mark them. On a keyboard: Tab to the picture, arrows to
        step, Enter to play.
      </p>
    );
  }
  const { cursor } = view;
  const marked = [...view.selected].sort((a, b) => a - b);
  return (
    <>
      {marked.length > 1 && (
        <div class="marked">
          <h3>{counted(marked.length, "window")} marked</h3>
          <button type="button" onClick={() => void view.hear(marked)}>
            Play them
          </button>
          <button type="button" onClick={() => view.clear()}>
            Clear
          </button>
          <div class="strip">
            {marked.slice(0, STRIP).map((index) => {
              const found = view.points.at(index);
              return found === undefined ? null : (
                <button
                  key={index}
                  type="button"
                  class="thumb"
                  aria-label={`Play ${timesOf(found)}`}
                  onClick={() => {
                    view.look(index);
                    void view.hear([index]);
                  }}
                >
                  <Picture point={found} />
                </button>
              );
            })}
            {marked.length > STRIP && <span>and {marked.length - STRIP} more</span>}
          </div>
        </div>
      )}
      <h3>
        Window {point.window + 1} of {point.result.windows}
      </h3>
      <div class="looked">
        <Picture point={point} large />
        <dl>
          <Fact name="In the recording">{timesOf(point)} min:s</Fact>
          <WallClock point={point} />
          <Score point={point} view={view} />
        </dl>
        <button type="button" class="play" onClick={() => void view.hear([cursor])}>
          ▶ Play
        </button>
      </div>
      <h3>Nearest by cosine</h3>
      <ol class="nearest">
        {view.neighbours().map(({ point: index, cosine, at }) => (
          <li key={index}>
            <button
              type="button"
              class="thumb"
              aria-label={`Play ${timesOf(at)}`}
              onClick={() => void view.hear([index])}
            >
              <Picture point={at} />
            </button>
            <button type="button" class="plain" onClick={() => view.look(index)}>
              {timesOf(at)}
              {at.recording === point.recording ? "" : `, ${at.recording.name}`}
            </button>
            <span class="number">{cosine.toFixed(3)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

export function timesOf({ result, window }: Point): string {
  return `${clock(result.starts[window] as number, 2)} – ${clock(result.ends[window] as number, 2)}`;
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function WallClock({ point: { recording, result, window } }: { point: Point }) {
  if (recording.start === undefined) return null;
  const { utc, local } = wallClock(recording.start, result.starts[window] as number);
  return (
    <>
      <Fact name="UTC">{utc.replace(" UTC", "")}</Fact>
      <Fact name="Here">{local}</Fact>
    </>
  );
}

function Score({ point: { result, window }, view }: { point: Point; view: View }) {
  const top = result.topClass[window];
  if (top === undefined) return null;
  const score = (result.topScore[window] as number).toFixed(3);
  return result.header.scores === 1 ? (
    <Fact name="Score">{score}</Fact>
  ) : (
    <Fact name="Top class">{`${view.className(top)}, score ${score}`}</Fact>
  );
}

/** The window's spectrogram, as the net saw it. */
function Picture({ point: { result, window }, large = false }: { point: Point; large?: boolean }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { frames = 0, bands = 0 } = result.picture ?? {};
  useEffect(() => {
    const context = ref.current?.getContext("2d");
    if (context === null || context === undefined || frames === 0) return;
    const from = result.firstFrame(window) * bands;
    const values = result.frames.view(from, from + frames * bands);
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const image = context.createImageData(frames, bands);
    const pixels = new Uint32Array(image.data.buffer);
    for (let at = 0; at < values.length; at++) {
      const shade = Math.round((255 * ((values[at] as number) - low)) / (high - low || 1));
      pixels[(bands - 1 - (at % bands)) * frames + Math.floor(at / bands)] = MAGMA_PIXELS[shade] as number;
    }
    context.putImageData(image, 0, 0);
  }, [result, window]);
  if (frames === 0) return null;
  return <canvas ref={ref} class={large ? "picture large" : "picture"} width={frames} height={bands} />;
}
