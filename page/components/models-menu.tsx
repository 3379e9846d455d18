import { type Control, controls } from "../../src/options/controls.ts";
import { NET } from "../../src/options/net.ts";
import type { PLACES } from "../session/pipelines.ts";
import type { View } from "../session/view.ts";
import { Menu } from "./menu.tsx";

const PLACE_NAMES = { browser: "in this browser", server: "on this server" } as const;

/** The options that change what comes of a recording, as they are declared: but for the engine, which the place decides. */
const { engine: _, ...SHOWN } = NET;

/** Which models recordings go through, where, and how. */
export function ModelsMenu({ view }: { view: View }) {
  const { session, chosen } = view;
  const { pipelines } = session.runs;
  const { list } = session.models;
  const toggle = (model: string) => {
    const others = chosen.filter((other) => other !== model);
    // One is always chosen, and the order is the models' own.
    if (others.length === 0 && chosen.includes(model)) return;
    const wanted = chosen.length === others.length ? [...chosen, model] : others;
    view.chosen = list.map(({ name }) => name).filter((name) => wanted.includes(name));
    // What is here goes through it as well.
    if (!others.includes(model) && wanted.includes(model)) session.runAll(model);
    session.changed();
  };
  return (
    <Menu
      label={
        <span>
          <span class="wide">Model: </span>
          {chosen.join(", ")}
        </span>
      }
    >
      <fieldset class="models">
        <legend>Recordings go through</legend>
        {list.map(({ name, title, window, embedding, weights, hears }) => (
          <label key={name} class="model">
            <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
            <span>
              <b>{name}</b> {title}
              <small>
                {window.seconds} s every {window.hop} s, up to {hears[1] / 1000} kHz, {embedding} numbers
                {weights === "seeded" && <span class="untrained"> · untrained: its numbers have no meaning</span>}
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        Where
        <select
          value={pipelines.place}
          onChange={({ currentTarget }) => {
            pipelines.place = currentTarget.value as (typeof PLACES)[number];
          }}
        >
          {pipelines.places.map((place) => (
            <option key={place} value={place}>
              {PLACE_NAMES[place]}
            </option>
          ))}
        </select>
      </label>
      <p class="hint">
        {pipelines.place === "browser"
          ? "Recordings stay on this device. The model is fetched once and kept."
          : "Recordings go to the server that this page is from, and are not kept there."}
      </p>
      <details class="more">
        <summary>Options</summary>
        {controls(SHOWN).map((control) => (
          <OptionField key={control.name} view={view} control={control} />
        ))}
        <p class="hint">They hold for what is added from now on.</p>
      </details>
    </Menu>
  );
}

/** A control for an option, by what it takes. */
function OptionField({ view, control: { name, takes, help, default: standard } }: { view: View; control: Control }) {
  const { pipelines } = view.session.runs;
  const value = pipelines.options[name] ?? "";
  const set = (next: string) => {
    const { [name]: _, ...others } = pipelines.options;
    pipelines.options = next === "" ? others : { ...others, [name]: next };
    view.session.changed();
  };
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: it holds one of two
    <label class="field" title={help}>
      {name}
      {takes.kind === "choice" ? (
        <select value={value} onChange={({ currentTarget }) => set(currentTarget.value)}>
          <option value="">{standard === undefined ? "as it is" : standard}</option>
          {takes.choices
            .filter((choice) => choice !== standard)
            .map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
        </select>
      ) : (
        <input
          inputMode={takes.kind === "number" || takes.kind === "whole" ? "decimal" : "text"}
          value={value}
          placeholder={standard?.split(",")[0] ?? ""}
          onChange={({ currentTarget }) => set(currentTarget.value.trim())}
        />
      )}
    </label>
  );
}
