/**
 * Scratch at constant addresses below the module's data (asconfig's memoryBase): an access whose address is a constant
 * needs no bounds check, neither in V8 nor where checks are explicit (workerd).
 */

/** 36 addresses of the pixels of one Winograd tile. */
export const POINTERS: usize = 1024;
/** 36 vectors: a Winograd tile between its two passes. */
export const TILE: usize = 2048;
