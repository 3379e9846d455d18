/** The pipeline: bytes of a recording in, records with embeddings out, while the bytes arrive. */

export { DEFAULT_OPTIONS, type EmbedOptions, embed, embedBatches, SEEDED_WARNING } from "./embed.ts";
export { type ChosenHeads, eventRecord, headFields, headStage, withEvents } from "./head-records.ts";
export { resultOfTensor } from "./outputs.ts";
export {
  cutPieces,
  type DonePiece,
  joinPieces,
  type PieceFacts,
  type PieceToRead,
  type PieceWindows,
  type SeekableBytes,
  whyNoPieces,
} from "./pieces.ts";
export { type Window, WindowStream } from "./windows.ts";
