import { useEffect, useRef } from "preact/hooks";
import type { Point } from "../session/points.ts";
import { MAGMA_PIXELS } from "../views/colours.ts";

/** The window's spectrogram, as the net saw it; nothing where none came. */
export function Picture({ point, large = false }: { point: Point; large?: boolean }) {
  const { thumbnails } = point.result;
  if (thumbnails === undefined) return <SeenPicture point={point} large={large} />;
  const [width, height] = thumbnails.all.dim;
  const bitmap = thumbnails.all.at(thumbnails.point(point.window));
  return <Thumbnail bitmap={bitmap} width={width} height={height} large={large} />;
}

function Thumbnail({
  bitmap,
  width,
  height,
  large,
}: {
  bitmap: ImageBitmap | undefined;
  width: number;
  height: number;
  large: boolean;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = ref.current?.getContext("2d");
    if (context === null || context === undefined) return;
    context.clearRect(0, 0, width, height);
    if (bitmap !== undefined) context.drawImage(bitmap, 0, 0);
  }, [bitmap, width, height]);
  return <canvas ref={ref} class={large ? "picture large" : "picture"} width={width} height={height} />;
}

function SeenPicture({ point: { result, window }, large }: { point: Point; large: boolean }) {
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
