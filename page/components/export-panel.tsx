import { useRef, useState } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { csvFile, ndjsonFile, npzFile, save } from "../exports/files.ts";
import { projectorBundle } from "../exports/projector.ts";
import { sharedFile, soundBytes } from "../exports/shared-file.ts";
import { canRecord, recordVideo } from "../exports/video.ts";
import { paintPicture, pictureCanvas } from "../exports/view-picture.ts";
import type { View } from "../session/view.ts";
import { TroubleError } from "../teller.ts";

declare const HAS_SERVER: boolean;

/** What can be taken away: of the open recording and the model of the plane. */
export function TakeAway({ view }: { view: View }) {
  const [busy, setBusy] = useState<string | undefined>();
  const leave = useRef(() => {});
  const { session, model } = view;
  const recording = session.shown;
  if (recording === undefined) return null;
  const result = recording.results.get(model);
  const stem = `${recording.name.replaceAll(/[^\w.-]+/g, "-")}.${model}`;

  const run = async (what: string, work: (signal: AbortSignal) => Promise<[Blob, string] | undefined>) => {
    const controller = new AbortController();
    leave.current = () => controller.abort();
    setBusy(what);
    session.say(`Making the ${what} …`);
    try {
      const made = await work(controller.signal);
      if (made !== undefined) {
        save(...made);
        session.say(`${made[1]}, ${size(made[0].size)}.`);
      }
    } catch (thrown) {
      if (controller.signal.aborted) session.say(`The ${what} was cancelled.`);
      else {
        const detail = thrown instanceof Error ? thrown.message : String(thrown);
        session.fail(what, thrown instanceof TroubleError ? thrown.trouble : { title: `No ${what}`, detail });
      }
    }
    setBusy(undefined);
  };
  const video = () =>
    run("video", async (signal) => {
      const { canvas, context } = pictureCanvas(1);
      const paint = () => paintPicture(context, view, recording);
      const recorder = recordVideo(canvas, paint, view.playback.player.stream());
      signal.addEventListener("abort", () => view.silence());
      // An abort ends the playing, and what was recorded so far is kept.
      leave.current = () => view.silence();
      await view.hearFrom(view.span(recording)[0]);
      return [await recorder.finish(), `${stem}.webm`];
    });
  const picture = async (): Promise<[Blob, string]> => {
    const { canvas, context } = pictureCanvas(2);
    paintPicture(context, view, recording);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob === null) throw new Error("The browser made no PNG.");
    return [blob, `${stem}.png`];
  };
  const button = (text: string, note: string, act: () => void, disabled = false) => (
    <button type="button" title={note} disabled={disabled || busy !== undefined || result === undefined} onClick={act}>
      {text}
    </button>
  );
  const { file } = recording;
  const all = soundBytes(view);
  const together = (sound: boolean) =>
    run("file", async () => [await sharedFile(view, sound), `${view.session.recordings.length}-recordings.zip`]);
  return (
    <div class="exports">
      <p class="hint">Everything that is here, with labels, in one file: a colleague drops it on this page.</p>
      <div class="column">
        {button("All in one file", "Windows, labels and view, without the sound", () => void together(false))}
        {all > 0 && button(`… with its sound, ${size(all)}`, "The recordings go along", () => void together(true))}
      </div>
      <p class="hint">
        {result === undefined
          ? `There is nothing of ${model} on ${recording.name}.`
          : `${counted(result.windows, "window")} of ${recording.name} by ${model}.`}
      </p>
      <div class="column">
        {button(
          "NDJSON",
          "Records with embeddings and scores",
          () => void run("NDJSON", async () => [await ndjsonFile(result as never), `${stem}.ndjson`]),
        )}
        {button(
          "CSV",
          "A row a window",
          () => void run("CSV", async () => [await csvFile(result as never), `${stem}.csv`]),
        )}
        {button(
          "npz",
          "For NumPy, with the spectrograms",
          () => void run("npz", async () => [await npzFile(result as never), `${stem}.npz`]),
        )}
        {HAS_SERVER &&
          button(
            "Projector bundle",
            "For the Embedding Projector; the server computes it anew",
            () =>
              void run("projector bundle", async (signal) => [
                await projectorBundle(file as Blob, recording.name, model, signal),
                `${stem}.projector.zip`,
              ]),
            file === undefined,
          )}
        {button("PNG of the view", "What is shown now", () => void run("PNG", picture))}
        {button(
          "Video of the view",
          "Plays from the left edge and records it, with sound",
          () => void video(),
          !canRecord() || recording.sound === undefined,
        )}
        {busy !== undefined && (
          <button type="button" class="strong" onClick={() => leave.current()}>
            {busy === "video" ? "Stop and save the video" : `Cancel the ${busy}`}
          </button>
        )}
      </div>
    </div>
  );
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
