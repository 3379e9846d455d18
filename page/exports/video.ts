/** Frames a second of the video. */
const RATE = 30;
const KINDS = ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm"];

export interface Video {
  /** Ends the recording and gives it. */
  finish(): Promise<Blob>;
}

/** Whether this browser can write WebM. */
export const canRecord = () =>
  typeof MediaRecorder !== "undefined" && KINDS.some((kind) => MediaRecorder.isTypeSupported(kind));

/** Records what `paint` draws, and what is heard, until it is finished. */
export function recordVideo(canvas: HTMLCanvasElement, paint: () => void, sound: MediaStream): Video {
  const stream = canvas.captureStream(RATE);
  for (const track of sound.getAudioTracks()) stream.addTrack(track);
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) as string;
  const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 4_000_000 });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  let running = true;
  const draw = () => {
    if (!running) return;
    paint();
    requestAnimationFrame(draw);
  };
  draw();
  recorder.start(1000);
  return {
    finish: () =>
      new Promise((resolve) => {
        running = false;
        recorder.onstop = () => {
          for (const track of stream.getVideoTracks()) track.stop();
          resolve(new Blob(parts, { type: "video/webm" }));
        };
        recorder.stop();
      }),
  };
}
