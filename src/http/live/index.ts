/** Live hydrophones over HTTP: which there are, and their embeddings as they come, as text or over a WebSocket. */
export {
  followConnection,
  followHydrophone,
  followSocket,
  type Listened,
  type ListenerServices,
  liveHydrophone,
} from "./following.ts";
export { hydrophoneEmbeddingsRoute, hydrophonesRoute } from "./openapi.ts";
export { type HydrophoneDescription, LiveService } from "./service.ts";
