/** Makes the tiles of the spectrogram beside the page, from the samples of the file at its own rate. */
import { PartsSound } from "../audio/parts-sound.ts";
import type { Sound } from "../audio/sound.ts";
import { openWav } from "../audio/wav-file.ts";
import { TileMaker } from "./make-tile.ts";
import type { Tile, TileMessage } from "./tile.ts";

const port = self as unknown as {
  postMessage(message: Tile | { readonly key: string; readonly failed: string }, transfer: Transferable[]): void;
  onmessage: (event: MessageEvent<TileMessage>) => void;
};

/** The sound that tiles are made of: one at a time. */
let open: { readonly name: string; readonly sound: Promise<Sound | undefined> } | undefined;
const maker = new TileMaker();

port.onmessage = async ({ data }) => {
  if (data.kind === "sound") {
    const { source } = data;
    const sound =
      source.kind === "wav" ? openWav(source.file) : Promise.resolve(new PartsSound(source.rate, source.parts));
    open = { name: data.sound, sound };
    return;
  }
  const { key } = data;
  try {
    const sound = open?.name === data.sound ? await open.sound : undefined;
    if (sound === undefined) throw new Error("this sound is not open");
    const tile = await maker.make(sound, data);
    port.postMessage(tile, [tile.values.buffer, tile.wave.buffer]);
  } catch (thrown) {
    port.postMessage({ key, failed: thrown instanceof Error ? thrown.message : String(thrown) }, []);
  }
};
