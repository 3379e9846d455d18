import type { Recording } from "../session/recording.ts";
import type { View } from "../session/view.ts";
import { SCALES, type Scale } from "../spectrogram/frequency-scale.ts";
import { COLOURS, type ColourName, type Look } from "../spectrogram/painter.ts";
import { LOWEST_DB } from "../spectrogram/spectrum.ts";
import type { Lanes } from "../views/sound-view.ts";
import { Menu } from "./menu.tsx";

const FFTS = [256, 512, 1024, 2048, 4096, 8192];
const OVERLAPS = [0, 0.5, 0.75, 0.875];

/** How the spectrogram is made and coloured, and what stands below it. */
export function PictureMenu({
  view,
  recording,
  lanes,
  setLanes,
}: {
  view: View;
  recording: Recording;
  lanes: Lanes;
  setLanes: (lanes: Lanes) => void;
}) {
  const { look } = view;
  const { picture } = look;
  const nyquist = (recording.sound?.rate ?? 48_000) / 2;
  const set = (change: Partial<Look>) => {
    view.look = { ...look, ...change };
    view.session.changed();
  };
  const contrast = view.spectrogram.contrast(recording.id, look);
  const kilo = (hertz: number) => Number((Math.min(hertz, nyquist) / 1000).toFixed(2));
  const limit = (end: "low" | "high", text: string) => {
    const hertz = text === "" ? (end === "low" ? 0 : Number.POSITIVE_INFINITY) : 1000 * Number(text);
    if (Number.isFinite(hertz) ? hertz >= 0 : end === "high") set({ picture: { ...picture, [end]: hertz } });
  };
  return (
    <Menu label="Picture">
      <label class="field">
        Frequencies
        <select
          value={picture.scale}
          onChange={({ currentTarget }) => set({ picture: { ...picture, scale: currentTarget.value as Scale } })}
        >
          {SCALES.map((scale) => (
            <option key={scale} value={scale}>
              {scale === "log" ? "logarithmic" : scale}
            </option>
          ))}
        </select>
      </label>
      <div class="pair">
        <label class="field">
          From, kHz
          <input
            type="number"
            min={0}
            max={kilo(nyquist)}
            step={0.1}
            value={kilo(picture.low)}
            onChange={({ currentTarget }) => limit("low", currentTarget.value)}
          />
        </label>
        <label class="field">
          To, kHz
          <input
            type="number"
            min={0}
            max={kilo(nyquist)}
            step={0.1}
            value={kilo(picture.high)}
            onChange={({ currentTarget }) => limit("high", currentTarget.value)}
          />
        </label>
      </div>
      <div class="pair">
        <label class="field">
          FFT, samples
          <select
            value={picture.fft}
            onChange={({ currentTarget }) => set({ picture: { ...picture, fft: Number(currentTarget.value) } })}
          >
            {FFTS.map((size) => (
              <option key={size} value={size}>
                {size}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          Overlap
          <select
            value={picture.overlap}
            onChange={({ currentTarget }) => set({ picture: { ...picture, overlap: Number(currentTarget.value) } })}
          >
            {OVERLAPS.map((part) => (
              <option key={part} value={part}>
                {100 * part} %
              </option>
            ))}
          </select>
        </label>
      </div>
      {(["low", "high"] as const).map((end) => (
        <label key={end} class="field">
          {end === "low" ? "Dark" : "Bright"} at {contrast[end].toFixed(0).replace("-", "−")} dB of full scale
          <input
            type="range"
            min={LOWEST_DB}
            max={0}
            step={1}
            value={Math.round(contrast[end])}
            onInput={({ currentTarget }) => {
              const next = { ...contrast, [end]: Number(currentTarget.value) };
              if (next.high - next.low >= 5) set({ contrast: next });
            }}
          />
        </label>
      ))}
      <div class="pair">
        <label class="field">
          Colours
          <select
            value={look.colours}
            onChange={({ currentTarget }) => set({ colours: currentTarget.value as ColourName })}
          >
            {Object.keys(COLOURS).map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" disabled={look.contrast === undefined} onClick={() => set({ contrast: undefined })}>
          Contrast by itself
        </button>
      </div>
      <fieldset class="checks">
        <legend>Below it</legend>
        {(
          [
            ["scores", "scores"],
            ["picture", "what the model saw"],
            ["embeddings", "embeddings"],
          ] as const
        ).map(([lane, name]) => (
          <label key={lane} class="check">
            <input
              type="checkbox"
              checked={lanes[lane]}
              onChange={() => setLanes({ ...lanes, [lane]: !lanes[lane] })}
            />{" "}
            {name}
          </label>
        ))}
      </fieldset>
    </Menu>
  );
}
