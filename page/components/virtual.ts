import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Rows beyond the edges of what is seen. */
const BEYOND = 4;

/** Of a long list only the rows that are seen: the element that scrolls, the first row and the one behind the last. */
export function useVirtual<T extends HTMLElement>(count: number, row: number): [{ current: T | null }, number, number] {
  const ref = useRef<T>(null);
  const [seen, setSeen] = useState<readonly [number, number]>([0, 30]);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => {
      const first = Math.max(0, Math.floor(element.scrollTop / row) - BEYOND);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / row) + BEYOND;
      setSeen((before) => (before[0] === first && before[1] === last ? before : [first, last]));
    };
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [row]);
  return [ref, Math.min(seen[0], Math.max(0, count - 1)), Math.min(seen[1], count)];
}
