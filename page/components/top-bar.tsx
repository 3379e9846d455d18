import { useRef } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { orcaScene, SCENE_RATE, wav16 } from "../../src/sample/index.ts";
import { openMicrophone } from "../audio/microphone.ts";
import { openChosen } from "../session/opening.ts";
import type { View } from "../session/view.ts";
import { TakeAway } from "./export-panel.tsx";
import { Fin } from "./fin.tsx";
import { Hydrophones } from "./hydrophones.tsx";
import { closeMenu, Menu } from "./menu.tsx";
import { ModelsMenu } from "./models-menu.tsx";
import { ServedCollections } from "./served-collections.tsx";

declare const CAPTURE_WORKLET: string;
declare const HAS_SERVER: boolean;

/** What comes in, which models it goes through, what is under way, and what can be taken away. */
export function TopBar({ view }: { view: View }) {
  const { session, labels } = view;
  return (
    <header class="top">
      <h1>
        <Fin /> <span>orca-embeddings</span>
      </h1>
      {/* The first screen has the same in the middle. */}
      {session.recordings.length > 0 && (
        <Menu
          label={
            <span>
              Add<span class="wide"> sound</span>
            </span>
          }
          strong
        >
          <Sources view={view} />
        </Menu>
      )}
      <ModelsMenu view={view} />
      <Under view={view} />
      <span class="gap" />
      <fieldset class="choice">
        <legend class="hidden">Labels</legend>
        <button
          type="button"
          aria-label="Undo"
          title="Undo (Ctrl+Z)"
          disabled={!labels.canUndo}
          onClick={() => labels.undo()}
        >
          ↶
        </button>
        <button
          type="button"
          aria-label="Redo"
          title="Redo (Ctrl+Shift+Z)"
          disabled={!labels.canRedo}
          onClick={() => labels.redo()}
        >
          ↷
        </button>
      </fieldset>
      {session.recordings.length > 0 && (
        <Menu
          label={
            <span>
              Take<span class="wide"> away</span>
            </span>
          }
          right
        >
          <TakeAway view={view} />
        </Menu>
      )}
      {HAS_SERVER && (
        <a class="docs" href="docs">
          HTTP interface
        </a>
      )}
    </header>
  );
}

/** The ways in which sound comes: also what the first, empty screen shows. */
export function Sources({ view }: { view: View }) {
  const { session } = view;
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const microphone = async () => {
    const [model = "yamnet"] = view.chosen;
    view.model = model;
    try {
      session.listen(await openMicrophone(CAPTURE_WORKLET), model);
    } catch (thrown) {
      session.fail("Microphone", {
        title: "The microphone gives no sound",
        detail: thrown instanceof Error ? thrown.message : String(thrown),
        hint: "Allow the page to use the microphone or sound card, and see that one is connected.",
      });
    }
  };
  const chosen = (element: HTMLInputElement) => {
    void openChosen(view, [...(element.files ?? [])]);
    element.value = "";
    closeMenu(element);
  };
  return (
    <div class="sources">
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
        onChange={({ currentTarget }) => chosen(currentTarget)}
      />
      <input
        ref={folder}
        class="hidden"
        type="file"
        // @ts-expect-error: every browser has it, the standard does not
        webkitdirectory
        tabIndex={-1}
        aria-label="A folder, of anything, a collection or a bundle"
        onChange={({ currentTarget }) => chosen(currentTarget)}
      />
      <button type="button" onClick={() => folder.current?.click()}>
        Choose a folder …
      </button>
      <button
        type="button"
        onClick={({ currentTarget }) => {
          view.send([sample()]);
          closeMenu(currentTarget);
        }}
      >
        Use the sample
      </button>
      {HAS_SERVER && (
        <button
          type="button"
          disabled={session.live}
          onClick={({ currentTarget }) => {
            closeMenu(currentTarget);
            void microphone();
          }}
        >
          Use the microphone
        </button>
      )}
      {HAS_SERVER && <Hydrophones view={view} />}
      {HAS_SERVER && <ServedCollections view={view} />}
    </div>
  );
}

/** What is under way, in one line. */
function Under({ view: { session } }: { view: View }) {
  const { runs } = session;
  const { share, left } = runs;
  if (session.live) {
    return (
      <div class="under">
        <span class="live-dot" /> <span>Live</span>
        <button type="button" onClick={() => session.stopLive()}>
          Stop listening
        </button>
      </div>
    );
  }
  if (session.opening > 0) {
    return (
      <div class="under">
        <progress aria-label="Opening" /> <span>Opening …</span>
      </div>
    );
  }
  if (share === undefined) return null;
  return (
    <div class="under">
      <progress max={1} value={share} aria-label="Of all that was asked for" />
      <span>{counted(left, "recording")} to go</span>
      <button type="button" onClick={() => runs.stop()} title="What has come is kept">
        Stop
      </button>
    </div>
  );
}

/** The synthesised scene: it needs no network and is nobody's recording. */
function sample(): File {
  return new File([wav16(orcaScene(), SCENE_RATE)], "orca-scene.wav", { type: "audio/wav" });
}
