import { useEffect, useRef } from "preact/hooks";
import type { Experiment } from "../../bundle/bundle-view.ts";

/** A point's picture from the sprite; nothing where the bundle has none. */
export function Thumbnail({
  experiment,
  point,
  large = false,
}: {
  experiment: Experiment;
  point: number;
  large?: boolean;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { thumbnails } = experiment;
  const bitmap = thumbnails?.at(point);
  useEffect(() => {
    const context = ref.current?.getContext("2d");
    if (context === null || context === undefined) return;
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    if (bitmap !== undefined) context.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  if (thumbnails === undefined) return null;
  const [width, height] = thumbnails.dim;
  return <canvas ref={ref} class={`sprite${large ? " large" : ""}`} width={width} height={height} />;
}
