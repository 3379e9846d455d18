/**
 * Memory for the kernels. One module instance serves one stream of audio and is dropped whole with it, so blocks are
 * handed out from a bump heap and never given back (`--runtime stub`).
 */

/**
 * Reserves `bytes` bytes, aligned to 16, filled with zeros.
 * Growing the memory replaces `memory.buffer`: make JavaScript views after the last `alloc`, or again after it.
 */
export function alloc(bytes: usize): usize {
  const block = heap.alloc(bytes);
  memory.fill(block, 0, bytes);
  return block;
}
