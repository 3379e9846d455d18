import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Session } from "../session/session.ts";

/** Renders again when the session changes: at most ten times a second, so that a fast stream leaves time to draw. */
export function useSession(session: Session): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  // Before anything else runs: what changes before the first painting would never be shown.
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const stop = session.subscribe(() => {
      if (timer !== undefined) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          last = performance.now();
          again(undefined as never);
        },
        Math.max(0, 100 - (performance.now() - last)),
      );
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
}

/** An element's width and height in CSS pixels, followed. */
export function useSize<T extends HTMLElement>(): [{ current: T | null }, number, number] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState<readonly [number, number]>([0, 0]);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => setSize([element.clientWidth, element.clientHeight]);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, ...size];
}

/** A canvas's context, sized for the screen's pixels and cleared. Sizes are CSS pixels. */
export function prepared(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const ratio = Math.min(2, devicePixelRatio);
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d");
  if (context === null || across === 0) return undefined;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Calls `paint` once a frame at most, whenever it is asked to. */
export function onFrame(paint: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint();
    });
  };
}
