/**
 * Scratch at constant addresses below the module's data (asconfig's memoryBase): an access whose address is a constant
 * needs no bounds check, neither in V8 nor where checks are explicit (workerd).
 */

/** 36 addresses of the pixels of one Winograd tile. */
export const POINTERS: usize = 1024;
/** 36 vectors: a Winograd tile between its two passes. */
export const TILE: usize = 2048;
/** 8 vectors: the sums of the blocks of K that a dense layer has behind it. */
export const TOTALS: usize = 3072;
/** A GemmCall: the product that a convolution makes of its pixels. */
export const PRODUCT_CALL: usize = 3584;
/** Six rows of sums of quarters of A, at most 1024 numbers each: 24 KB. */
export const SUMS: usize = 4096;
/** The seven products of Strassen's algorithm, 6 x 128 each: 21 KB. */
export const PRODUCTS: usize = 32768;
