/** The axes of the plane beside the page: rows in, axes out, once. */
import { type Axes, principalAxes, type Rows } from "./pca.ts";

export interface PcaRequest {
  readonly rows: Rows;
  /** Axes found before, so that the picture does not flip. */
  readonly like: Axes | undefined;
  /** See principalAxes; its own where left out. */
  readonly settled?: number | undefined;
}

const port = self as unknown as {
  postMessage(message: Axes): void;
  onmessage: (event: MessageEvent<PcaRequest>) => void;
};

port.onmessage = ({ data: { rows, like, settled } }) => port.postMessage(principalAxes(rows, like, settled));
