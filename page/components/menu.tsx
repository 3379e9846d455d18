import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A button that opens a small panel; a click elsewhere or Escape closes it. */
export function Menu({
  label,
  children,
  small = false,
  strong = false,
  right = false,
}: {
  label: ComponentChildren;
  children: ComponentChildren;
  small?: boolean;
  strong?: boolean;
  right?: boolean;
}) {
  const ref = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const menu = ref.current;
      if (menu === null || !menu.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        menu.querySelector("summary")?.focus();
      } else if (menu.contains(event.target as Node)) return;
      menu.open = false;
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, []);
  return (
    <details ref={ref} class={`menu${small ? " small" : ""}${right ? " right" : ""}`}>
      <summary class={strong ? "strong" : ""}>{label}</summary>
      <div class="menu-panel">{children}</div>
    </details>
  );
}

/** Closes the menu that holds an element. */
export function closeMenu(element: Element): void {
  const menu = element.closest("details");
  if (menu !== null) menu.open = false;
}
