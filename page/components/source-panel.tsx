import { useEffect, useRef, useState } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../../src/sample/index.ts";
import { openMicrophone } from "../audio/microphone.ts";
import type { Hydrophone } from "../live/hydrophone-socket.ts";
import { openChosen } from "../session/opening.ts";
import type { ServerModel } from "../session/server-models.ts";
import type { Session } from "../session/session.ts";
import type { View } from "../session/view.ts";
import { Hydrophones } from "./hydrophones.tsx";

declare const CAPTURE_WORKLET: string;

/** Where recordings come from, and which models they go to. */
export function SourcePanel({ view }: { view: View }) {
  const { session } = view;
  const { chosen } = view;
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => whileOver(setOver), []);
  const listen = async () => {
    const [model = "yamnet"] = chosen;
    view.model = model;
    try {
      session.listen(await openMicrophone(CAPTURE_WORKLET), model);
    } catch (thrown) {
      session.fail("Live sound", {
        title: "No live sound",
        detail: thrown instanceof Error ? thrown.message : String(thrown),
        hint: "Allow the page to use the microphone or sound card, and see that one is connected.",
      });
    }
  };
  const follow = (hydrophone: Hydrophone) => {
    const [model = "yamnet"] = chosen;
    view.model = model;
    // A click may sound; it is turned off where it is not wanted.
    session.follow(hydrophone, model).player.start();
  };
  const toggle = (model: string) => {
    const others = chosen.filter((other) => other !== model);
    // One is always chosen, and the order is the models' own.
    if (others.length === 0 && chosen.includes(model)) return;
    const wanted = chosen.length === others.length ? [...chosen, model] : others;
    view.chosen = session.models.list.map(({ name }) => name).filter((name) => wanted.includes(name));
    session.changed();
  };
  const empty = session.recordings.length === 0;
  return (
    <section class={`panel source${empty ? " empty" : ""}${over ? " over" : ""}`} aria-labelledby="source">
      <h2 id="source" class={empty ? "" : "hidden"}>
        Drop a recording
      </h2>
      {empty && (
        <p class="lead">
          Hydrophone audio goes in; embeddings, and the spectrogram that the model saw, come back while it is being
          read. It is sent to this server only, and not kept. A bundle for the Embedding Projector, dropped as a zip or
          a folder, is shown.
        </p>
      )}
      <div class="tools">
        <button type="button" class="strong" onClick={() => input.current?.click()}>
          Choose files …
        </button>
        <input
          ref={input}
          class="hidden"
          type="file"
          multiple
          tabIndex={-1}
          aria-label="Recordings"
          onChange={({ currentTarget }) => {
            void openChosen(view, [...(currentTarget.files ?? [])]);
            currentTarget.value = "";
          }}
        />
        <input
          ref={folder}
          class="hidden"
          type="file"
          // @ts-expect-error: every browser has it, the standard does not
          webkitdirectory
          tabIndex={-1}
          aria-label="A folder, of anything or a bundle"
          onChange={({ currentTarget }) => {
            void openChosen(view, [...(currentTarget.files ?? [])]);
            currentTarget.value = "";
          }}
        />
        <button type="button" onClick={() => folder.current?.click()}>
          Choose a folder …
        </button>
        <button type="button" onClick={() => view.send([sample()])}>
          Use the sample
        </button>
        <button type="button" disabled={session.live} onClick={() => void listen()}>
          Listen live
        </button>
        <fieldset class="models">
          <legend>Models</legend>
          {session.models.list.map(({ name, title }) => (
            <label key={name} title={title}>
              <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} /> {name}
            </label>
          ))}
        </fieldset>
      </div>
      <Hydrophones session={session} follow={follow} />
      <Progress session={session} />
      <p class="status" role="status">
        {session.said}
      </p>
      {empty && <ModelsHere models={session.models.list} />}
    </section>
  );
}

/** The models of this server; whether their weights were learnt is said before anything is sent. */
function ModelsHere({ models }: { models: readonly ServerModel[] }) {
  if (models.length === 0) return null;
  return (
    <div class="scroll">
      <table class="here">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Window</th>
            <th scope="col" class="aside">
              Hears up to
            </th>
            <th scope="col" class="aside">
              Embedding
            </th>
            <th scope="col">Weights</th>
          </tr>
        </thead>
        <tbody>
          {models.map(({ name, title, window, hears, embedding, weights }) => (
            <tr key={name}>
              <th scope="row">{title}</th>
              <td>
                {window.seconds} s, every {window.hop} s
              </td>
              <td class="aside">{hears[1] / 1000} kHz</td>
              <td class="aside">{embedding} numbers</td>
              <td class={weights === "seeded" ? "untrained" : ""}>
                {weights === "seeded" ? "SEEDED: no learned meaning" : "trained"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Progress({ session }: { session: Session }) {
  const { sending } = session;
  if (sending === undefined) return null;
  const { recording, model, bytes, total } = sending;
  const windows = recording.results.get(model)?.windows ?? 0;
  const share = total === undefined ? undefined : Math.min(1, bytes / Math.max(1, total));
  const sent = total === undefined ? `${mega(bytes)} MB` : `${mega(bytes)} of ${mega(total)} MB`;
  return (
    <div class="progress">
      <progress
        aria-label={`${recording.name} to ${model}`}
        max={1}
        {...(share === undefined ? {} : { value: share })}
      />
      <span>
        {recording.name} → {model}: {sent}, {counted(windows, "window")}
      </span>
      <button type="button" onClick={() => session.cancel()}>
        {session.live ? "Stop" : "Cancel"}
      </button>
    </div>
  );
}

const mega = (bytes: number) => (bytes / 1e6).toFixed(1);

/** The synthesised scene: it needs no network and is nobody's recording. */
function sample(): File {
  return new File([wav16(orcaScene(), SCENE_RATE)], "orca-scene.wav", { type: "audio/wav" });
}

/** Tells while files are dragged over the page. */
function whileOver(over: (over: boolean) => void): () => void {
  const drag = ({ type }: DragEvent) => over(type === "dragover");
  for (const kind of ["dragover", "dragleave", "drop"] as const) addEventListener(kind, drag);
  return () => {
    for (const kind of ["dragover", "dragleave", "drop"] as const) removeEventListener(kind, drag);
  };
}
