import { type Edge, limitsOf } from "./layout.ts";

const NAMES: Readonly<Record<Edge, string>> = {
  left: "Width of the recordings",
  right: "Width of the plane",
  drawer: "Height of the lists",
};

/** The edge of a panel, to be dragged; with the keyboard arrows move it. */
export function Splitter({ edge, size, resize }: { edge: Edge; size: number; resize: (size: number) => void }) {
  const across = edge !== "drawer";
  const way = edge === "left" ? 1 : -1;
  const [least, most] = limitsOf(edge);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule has no value
    <div
      class={`splitter ${edge}`}
      role="separator"
      tabIndex={0}
      aria-label={NAMES[edge]}
      aria-orientation={across ? "vertical" : "horizontal"}
      aria-valuenow={size}
      aria-valuemin={least}
      aria-valuemax={most}
      onKeyDown={(event) => {
        const step = { ArrowRight: 16, ArrowLeft: -16, ArrowDown: 16, ArrowUp: -16 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        resize(size + way * step);
      }}
      onPointerDown={(event) => {
        const target = event.currentTarget;
        target.setPointerCapture(event.pointerId);
        const from = across ? event.clientX : event.clientY;
        target.onpointermove = (moved) => resize(size + way * ((across ? moved.clientX : moved.clientY) - from));
        target.onpointerup = () => {
          target.onpointermove = null;
        };
      }}
    />
  );
}
