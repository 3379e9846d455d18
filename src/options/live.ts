import { option, whole } from "./option.ts";

/** Newest segments to begin with. @param most  where there is a limit */
export const back = (most?: number) =>
  option({
    name: "back",
    ...whole(1, most, "segments"),
    default: "1",
    help: "Begin with this many of the newest segments; 1 is the live edge.",
    argument: "<count>",
  });

/** An hour of 10-second segments. */
const MOST_BACK = 360;

/** What a listener chooses over HTTP. */
export const LIVE = {
  back: back(MOST_BACK),
  audio: option({
    name: "audio",
    takes: { kind: "choice", choices: ["0", "1"] },
    default: "0",
    help: "1: the sound too, as binary messages. Over a WebSocket only.",
    read: (given) => given === "1",
  }),
};
