/** Calls `ended` when the process that started this one is no more: npm, or a shell, that was killed could tell nobody. */
export function whenParentEnds(ended: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    ended();
  }, 500);
  timer.unref();
}
