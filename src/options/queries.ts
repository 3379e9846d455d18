import { HEADS } from "./heads.ts";
import { LIVE } from "./live.ts";
import { model, NET } from "./net.ts";
import { collection, file, RAW, TIMES } from "./recording.ts";
import { RECORDS, thumbnail } from "./result.ts";

/** The options of POST /v1/embeddings, and of GET with a WebSocket. */
export const EMBEDDINGS = { model, ...NET, ...RECORDS, ...HEADS, ...RAW, ...TIMES, file, collection };

/** The options of GET /v1/hydrophones/{name}/embeddings: a hydrophone says itself what and when its sound is. */
export const HYDROPHONE = { model, ...NET, ...RECORDS, ...HEADS, ...LIVE };

/** The options of POST /v1/projector: a bundle holds what it holds. */
export const BUNDLE = { model, ...NET, ...RAW, ...TIMES, file, thumbnail };
