import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { currentTheme } from "../views/colours.ts";
import {
  type Camera,
  drawsNearer,
  moved,
  pixelPositions,
  pointAt,
  pointsAround,
  pointsInside,
  WHOLE,
  zoomed,
} from "../views/plane.ts";
import { HIDDEN, type Shown } from "../views/points-raster.ts";
import { paintScatter, radiusFor } from "../views/scatter.ts";
import { onFrame, prepared, useSize } from "./hooks.ts";

/** Points of the plane that are looked at, marked and stepped through. */
export interface Plane {
  /** What the points are, for those who do not see them. */
  readonly label: string;
  readonly count: number;
  /** x and y of each; not finite where a point has no place. */
  positions(): Float32Array;
  colour(): Uint32Array;
  shown(): Shown | undefined;
  axes(): readonly [string, string];
  readonly selected: ReadonlySet<number>;
  readonly cursor: number | undefined;
  readonly playing: number | undefined;
  /** The point that is looked at, in words. */
  spoken(): string;
  look(point: number): void;
  /** A click, or Enter. */
  act(point: number): void;
  select(points: readonly number[]): void;
  clear(): void;
  subscribe(listener: () => void): () => void;
}

/** Pixels that a pointer may move and still have clicked. */
const STILL = 5;
/** Pixels of the first circle that M marks; each further M makes it as much larger. */
const CIRCLE = 24;
const ZOOM_STEP = 1.5;

/** The picture is a slider through the points in their order, which a pointer reaches into as well. */
export function PlaneStage({ plane }: { plane: Plane }) {
  const [frame, width, height] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const state = useMemo(() => new Stage(), []);
  state.plane = plane;
  state.area = { x: 0, y: 0, width, height };
  const paint = useMemo(
    () =>
      onFrame(() => {
        // Much changes that is not seen here: the picture over time moves at every frame.
        if (!state.differs()) return;
        const context =
          canvas.current === null ? undefined : prepared(canvas.current, state.area.width, state.area.height);
        if (context !== undefined) state.paint(context);
      }),
    [],
  );
  state.changed = paint;
  useLayoutEffect(paint);
  useEffect(() => plane.subscribe(paint), [plane.subscribe]);
  useEffect(() => {
    // A listener that may keep the page from zooming; preact's are passive for wheels.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      state.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 150 : 400)), placeOf(event, canvas.current));
    };
    const element = frame.current;
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, []);
  const point = (event: PointerEvent) => placeOf(event, canvas.current);
  return (
    <div class="scatter">
      <fieldset class="choice zoom">
        <legend class="hidden">Scale of the picture</legend>
        <button type="button" aria-label="Farther" title="Farther (−)" onClick={() => state.zoom(1 / ZOOM_STEP)}>
          −
        </button>
        <button
          type="button"
          aria-label="Nearer"
          title="Nearer (+, or the wheel)"
          onClick={() => state.zoom(ZOOM_STEP)}
        >
          +
        </button>
        <button type="button" title="All points (0)" onClick={() => state.whole()}>
          All
        </button>
      </fieldset>
      <div ref={frame} class="stage-frame">
        <div
          class="stage"
          role="slider"
          tabIndex={0}
          aria-label={`${plane.label}. Arrows step, Enter plays or opens, Space marks, M marks those around, plus and minus zoom, Shift with arrows moves the picture, Escape clears.`}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, plane.count - 1)}
          aria-valuenow={plane.cursor ?? 0}
          aria-valuetext={plane.spoken()}
          onKeyDown={(event) => state.key(event) && event.preventDefault()}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            state.down(point(event), event.shiftKey);
          }}
          onPointerMove={(event) => state.move(point(event))}
          onPointerUp={(event) => state.up(event.pointerType === "mouse" ? 10 : 22)}
          onPointerCancel={() => state.drop()}
        >
          <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
        </div>
      </div>
    </div>
  );
}

type Place = readonly [x: number, y: number];

function placeOf(event: MouseEvent, canvas: HTMLCanvasElement | null): Place {
  const box = canvas?.getBoundingClientRect();
  return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
}

/** What a pointer and the keys do to the picture. */
class Stage {
  plane!: Plane;
  area = { x: 0, y: 0, width: 0, height: 0 };
  changed = () => {};
  #camera: Camera = WHOLE;
  #lasso: number[] = [];
  #pushed: Place | undefined;
  #circle = 0;
  #painted: readonly unknown[] = [];
  #held: { key: readonly unknown[]; pixels: Float32Array } | undefined;

  /** Whether something is to be painted that was not painted the last time. */
  differs(): boolean {
    const { plane, area } = this;
    const { selected, cursor, playing } = plane;
    const [across, up] = this.#axes();
    const seen = [plane.positions(), plane.colour(), plane.shown(), selected, cursor, playing, across, up];
    const key = [...seen, area.width, area.height, this.#camera, this.#lasso.length, currentTheme(), devicePixelRatio];
    const same = key.every((part, at) => part === this.#painted[at]);
    this.#painted = key;
    return !same;
  }

  #axes(): readonly [string, string] {
    const [across, up] = this.plane.axes();
    return [drawsNearer(this.plane.positions()) ? `${across}; outer points drawn nearer` : across, up];
  }

  paint(context: CanvasRenderingContext2D): void {
    const { plane, area } = this;
    const { selected, cursor, playing } = plane;
    const axes = this.#axes();
    const drawn = {
      pixels: this.#pixels(),
      colour: plane.colour(),
      radius: radiusFor(plane.count, this.#camera.zoom),
      shown: plane.shown(),
    };
    paintScatter(context, area, drawn, axes, { selected, cursor, playing, lasso: this.#lasso });
  }

  zoom(factor: number, place: Place = [this.area.width / 2, this.area.height / 2]): void {
    this.#camera = zoomed(this.plane.positions(), this.area, this.#camera, factor, place);
    this.changed();
  }

  whole(): void {
    this.#camera = WHOLE;
    this.changed();
  }

  down(place: Place, push: boolean): void {
    if (push) this.#pushed = place;
    else this.#lasso = [...place];
  }

  move(place: Place): void {
    if (this.#pushed !== undefined) {
      const [x, y] = this.#pushed;
      this.#camera = moved(this.plane.positions(), this.area, this.#camera, place[0] - x, place[1] - y);
      this.#pushed = place;
    } else if (this.#lasso.length > 0) this.#lasso.push(...place);
    else return;
    this.changed();
  }

  up(reach: number): void {
    const line = this.#lasso;
    this.drop();
    if (line.length === 0) return;
    const [startX = 0, startY = 0] = line;
    const still = line.every((value, at) => Math.abs(value - (at % 2 === 0 ? startX : startY)) <= STILL);
    if (!still) {
      this.plane.select(this.#visible(pointsInside(this.#pixels(), line)));
      return;
    }
    const point = this.#under([startX, startY], reach);
    if (point === undefined) this.plane.clear();
    else this.plane.act(point);
  }

  drop(): void {
    this.#lasso = [];
    this.#pushed = undefined;
    this.changed();
  }

  /** Whether the key means something here. */
  key({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const { plane } = this;
    const { cursor } = plane;
    if (shiftKey && ARROWS[key] !== undefined) {
      const [across, down] = ARROWS[key] as Place;
      this.#camera = moved(plane.positions(), this.area, this.#camera, -40 * across, -40 * down);
      this.changed();
      return true;
    }
    if (key.toLowerCase() !== "m") this.#circle = 0;
    const step = STEPS[key];
    if (step !== undefined) {
      const target = this.#next(step);
      if (target !== undefined) plane.look(target);
    } else if (key === "+" || key === "=") this.zoom(ZOOM_STEP, this.#cursorPlace());
    else if (key === "-") this.zoom(1 / ZOOM_STEP, this.#cursorPlace());
    else if (key === "0") this.whole();
    else if (key === "Escape") plane.clear();
    else if (cursor === undefined) return false;
    else if (key === "Enter") plane.act(cursor);
    else if (key === " ") this.#toggle(cursor);
    else if (key.toLowerCase() === "m") this.#markAround();
    else return false;
    return true;
  }

  /** The point that is so many shown ones away. */
  #next(step: number): number | undefined {
    const { count, cursor } = this.plane;
    const shown = this.plane.shown();
    const way = step < 0 ? -1 : 1;
    if (!Number.isFinite(step)) return lastShown(count, shown, way);
    let [left, found] = [Math.abs(step), undefined as number | undefined];
    for (let at = (cursor ?? -1) + way; at >= 0 && at < count && left > 0; at += way) {
      if (shown?.[at] === HIDDEN) continue;
      found = at;
      left--;
    }
    return found;
  }

  #toggle(point: number): void {
    const marked = new Set(this.plane.selected);
    if (!marked.delete(point)) marked.add(point);
    this.plane.select([...marked]);
    this.plane.look(point);
  }

  /** A lasso without a pointer: a circle around the point, wider each time. */
  #markAround(): void {
    const { cursor } = this.plane;
    const place = this.#cursorPlace();
    if (place === undefined || cursor === undefined) return;
    this.#circle += CIRCLE;
    this.plane.select(this.#visible(pointsAround(this.#pixels(), ...place, this.#circle)));
    this.plane.look(cursor);
  }

  #cursorPlace(): Place | undefined {
    const { cursor } = this.plane;
    if (cursor === undefined) return undefined;
    const pixels = this.#pixels();
    return [pixels[2 * cursor] as number, pixels[2 * cursor + 1] as number];
  }

  #under([x, y]: Place, reach: number): number | undefined {
    const point = pointAt(this.#pixels(), x, y, reach);
    return point === undefined || this.plane.shown()?.[point] === HIDDEN ? undefined : point;
  }

  #visible(points: readonly number[]): number[] {
    const shown = this.plane.shown();
    return shown === undefined ? [...points] : points.filter((point) => shown[point] !== HIDDEN);
  }

  #pixels(): Float32Array {
    const positions = this.plane.positions();
    const { width, height } = this.area;
    const key = [positions, width, height, this.#camera];
    if (this.#held === undefined || key.some((part, at) => part !== this.#held?.key[at])) {
      this.#held = { key, pixels: pixelPositions(positions, this.area, this.#camera) };
    }
    return this.#held.pixels;
  }
}

function lastShown(count: number, shown: Shown | undefined, way: number): number | undefined {
  for (let at = way > 0 ? count - 1 : 0; at >= 0 && at < count; at -= way) if (shown?.[at] !== HIDDEN) return at;
  return undefined;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};
const ARROWS: Readonly<Record<string, Place>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
