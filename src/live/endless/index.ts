/** Sound without an end over HTTP, as Icecast sends it: connections one after the other, stretches by what came when. */
export { followSound } from "./sound-follower.ts";
