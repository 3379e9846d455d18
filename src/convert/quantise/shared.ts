/**
 * What `make` gives, made once for `reads` readers and then forgotten: a layer's tensors are written one after the other,
 * and no more than one layer is to be in memory.
 */
export function shared<T>(reads: number, make: () => Promise<T>): () => Promise<T> {
  let held: Promise<T> | undefined;
  let left = reads;
  return () => {
    const result = held ?? make();
    left--;
    held = left === 0 ? undefined : result;
    if (left === 0) left = reads;
    return result;
  };
}
