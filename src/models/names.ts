/** Ids of models stand in addresses, file names and queries. */
export const MODEL_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** What an output is called in results and asked for by. */
export const OUTPUT_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
