import { OrcaError } from "../errors.ts";
import type { Kernels } from "../kernels/index.ts";
import { RawDecoder } from "./raw.ts";
import type { AudioDecoder, AudioInfo, DecodeOptions, Finding } from "./types.ts";
import { WavDecoder } from "./wav.ts";

/** Bytes looked at to tell one format from another. */
const MAGIC_BYTES = 12;
const WAVE_MAGICS = ["RIFF", "RIFX", "RF64", "BW64"];

/** Things that people send by mistake, or that are audio of a kind not read yet: first characters and a name. */
const OTHERS: readonly (readonly [magic: string, name: string, audio: boolean])[] = [
  ["fLaC", "a FLAC file", true],
  ["OggS", "an Ogg file", true],
  ["ID3", "an MP3 file", true],
  ["\xff\xfb", "an MP3 file", true],
  ["\xff\xf3", "an MP3 file", true],
  ["\xff\xf1", "an AAC stream (ADTS)", true],
  ["\xff\xf9", "an AAC stream (ADTS)", true],
  ["FORM", "an AIFF file", true],
  [".snd", "an AU file", true],
  ["caff", "a Core Audio file", true],
  ["G@", "an MPEG transport stream", true],
  ["\x1f\x8b", "gzip", false],
  ["PK", "a zip archive", false],
  ["\x89PNG", "a PNG picture", false],
  ["\xff\xd8\xff", "a JPEG picture", false],
  ["%PDF", "a PDF document", false],
  ["<", "HTML or XML", false],
  ["{", "JSON", false],
];

/**
 * Finds out by the first bytes what the audio is and hands everything to that decoder. With `options.raw` the bytes are
 * taken as raw PCM.
 */
export class DetectingDecoder implements AudioDecoder {
  readonly #kernels: Kernels;
  readonly #options: DecodeOptions;
  #first = new Uint8Array(0);
  #decoder: AudioDecoder | undefined;

  constructor(kernels: Kernels, options: DecodeOptions) {
    this.#kernels = kernels;
    this.#options = options;
  }

  get info(): AudioInfo | undefined {
    return this.#decoder?.info;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    if (this.#decoder === undefined) {
      const first = new Uint8Array(this.#first.length + bytes.length);
      first.set(this.#first);
      first.set(bytes, this.#first.length);
      if (first.length < MAGIC_BYTES) {
        this.#first = first;
        return;
      }
      this.#first = new Uint8Array(0);
      this.#decoder = this.#choose(first);
      yield* this.#decoder.push(first);
      return;
    }
    yield* this.#decoder.push(bytes);
  }

  *flush(): Generator<Float32Array> {
    if (this.#decoder === undefined) {
      if (this.#first.length === 0) {
        throw new OrcaError("empty_body", "The body is empty: there is no audio in it.", {
          byteOffset: 0,
          hint: "Send the recording as the request body, for example: curl --data-binary @recording.wav",
        });
      }
      this.#decoder = this.#choose(this.#first);
      yield* this.#decoder.push(this.#first);
    }
    yield* this.#decoder.flush();
  }

  findings(): Finding[] {
    return this.#decoder?.findings() ?? [];
  }

  #choose(first: Uint8Array): AudioDecoder {
    const magic = String.fromCharCode(...first.subarray(0, MAGIC_BYTES));
    const wave = WAVE_MAGICS.includes(magic.slice(0, 4));
    const { raw, channel } = this.#options;
    if (raw !== undefined && !wave) return new RawDecoder(this.#kernels, raw, channel);
    if (raw !== undefined) {
      throw new OrcaError("bad_option", "The body is a WAV file, but the request says that it is raw PCM.", {
        byteOffset: 0,
        field: "pcm",
        hint: "Leave pcm=, rate= and channels= away, and send it as audio/wav.",
      });
    }
    if (wave) return new WavDecoder(this.#kernels, channel);
    throw unknownFormat(magic, first.length);
  }
}

function unknownFormat(magic: string, length: number): OrcaError {
  const hint = "Send a WAV recording, or raw PCM with pcm=, rate= and channels=.";
  const known = OTHERS.find(([start]) => magic.startsWith(start));
  if (known?.[2] === true) {
    return new OrcaError("unsupported_encoding", `This is ${known[1]}, which is not read yet (byte 0).`, {
      byteOffset: 0,
      hint,
    });
  }
  const name = known?.[1] ?? (/^[\t\n\r -~]+$/.test(magic) ? "text" : "of no kind that is known here");
  return new OrcaError(
    "not_audio",
    `The ${length < MAGIC_BYTES ? `${length} byte(s) are` : "body is"} ${name} (byte 0), not audio.`,
    {
      byteOffset: 0,
      hint,
    },
  );
}
