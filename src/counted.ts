/** `1 window`, `2 windows`: a number and what there are of it. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
