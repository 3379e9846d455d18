/** A model of the server, as GET /v1/models tells. */
export interface ServerModel {
  readonly name: string;
  readonly title: string;
  readonly window: { readonly seconds: number; readonly hop: number };
  /** Lowest and highest frequency that the model hears, Hz. */
  readonly hears: readonly [number, number];
  /** The bands of the picture that the net takes, Hz; empty where it takes the waveform. */
  readonly bandCentres: readonly number[];
  readonly embedding: number;
  readonly scores: number;
  readonly weights: "trained" | "seeded";
  /** The forms of its weights, and what runs them. */
  readonly variants: readonly {
    readonly name: string;
    readonly engines: readonly { readonly name: string; readonly bytes: number }[];
  }[];
  /** Whether its files are given out, so that it can run in the page. */
  readonly files: boolean;
  /** Where the names of its classes are, where they are known. */
  readonly classes: string | null;
}

/** Whether a server stands behind the page; a static site has its listing as a file. */
declare const HAS_SERVER: boolean;

/** The models that are here, asked for once. */
export class ServerModels {
  /** In the server's order; empty until they have come. */
  list: readonly ServerModel[] = [];
  readonly come: Promise<void>;

  constructor(changed: () => void) {
    this.come = fetch(HAS_SERVER ? "v1/models" : "models/listing.json")
      .then(async (response) => {
        if (!response.ok) return;
        this.list = ((await response.json()) as { models: ServerModel[] }).models;
        changed();
      })
      // Without it the page works; what is wrong with the server is said when a recording is sent.
      .catch(() => undefined);
  }

  get(name: string): ServerModel | undefined {
    return this.list.find((model) => model.name === name);
  }

  /** What people call it. */
  title(name: string): string {
    return this.get(name)?.title ?? name;
  }
}
