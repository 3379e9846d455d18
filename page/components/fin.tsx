export function Fin() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <path d="M6 23C10 20 11 9 19 4c-1 7 1 14 7 19z" />
      <path class="water" d="M2 26q3.5-3 7 0t7 0 7 0 7 0" />
    </svg>
  );
}
