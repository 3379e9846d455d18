/** Samples of each channel in a block: LC with 1024 lines (the 960-line kind cannot be said in ADTS). */
export const BLOCK_SAMPLES = 1024;
