/** Live hydrophones over HTTP: which there are, and their embeddings as they come, as text or over a WebSocket. */
export { followHydrophone, followSocket } from "./following.ts";
export { hydrophoneEmbeddingsRoute, hydrophonesRoute } from "./openapi.ts";
export { LiveService } from "./service.ts";
