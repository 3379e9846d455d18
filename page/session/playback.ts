import { type Hearing, Player } from "../audio/player.ts";
import type { Teller } from "../teller.ts";
import type { Recording } from "./recording.ts";

/** What is heard around it. */
interface Around extends Teller {
  open(recording: Recording): Promise<void>;
}

/** A stretch of a recording, seconds, and the point that it is of, if it is a window's. */
export interface Stretch {
  readonly recording: Recording;
  readonly from: number;
  readonly to: number;
  readonly point: number | undefined;
}

/** What is heard, and how. */
export class Playback {
  readonly player: Player;
  /** The recording that is heard, or was the last. */
  heard: Recording | undefined;
  /** The window that is heard, where windows are. */
  point: number | undefined;
  /** Whether only the band of what was drawn is heard. */
  bandPass = false;
  hearing: Hearing = { speed: 1, keepPitch: true, loop: false };
  readonly #around: Around;
  #chain = 0;

  constructor(around: Around) {
    this.#around = around;
    this.player = new Player(() => around.changed());
  }

  /** Plays stretches, one after the other; one alone may be repeated. @param band  Hz */
  async play(stretches: readonly Stretch[], mayLoop: boolean, band: Hearing["band"]): Promise<void> {
    const chain = ++this.#chain;
    for (const { recording, from, to, point } of stretches) {
      this.point = point;
      await this.#around.open(recording);
      if (recording.sound === undefined) {
        this.#around.say("This recording cannot be played: nothing of it was decoded.");
        break;
      }
      this.heard = recording;
      await this.player.play(recording.sound, from, to, { ...this.hearing, loop: this.hearing.loop && mayLoop, band });
      if (chain !== this.#chain) return;
    }
    this.point = undefined;
    this.#around.changed();
  }

  silence(): void {
    this.#chain++;
    this.point = undefined;
    this.player.stop();
  }
}
