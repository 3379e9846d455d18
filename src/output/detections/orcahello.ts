import type { Detection } from "./detection.ts";

/** What a candidate of OrcaHello's is made of. */
interface Candidate {
  readonly id: string;
  readonly modelId: string;
  /** Where its sound lies, and its picture. */
  readonly audioUri: string;
  readonly imageUri: string;
  /** When its sound begins, ms since 1970. */
  readonly utc: number | undefined;
  readonly site: {
    readonly id: string;
    readonly name: string;
    readonly latitude?: number | undefined;
    readonly longitude?: number | undefined;
  };
  /** Seconds from where its sound begins. */
  readonly found: readonly { readonly start: number; readonly end: number; readonly peak: number }[];
}

const seconds = (value: number) => Math.round(value * 1e6) / 1e6;

/** A detection as OrcaHello keeps it (orcahello, InferenceSystem/src); confidence of the whole is a mean in per cent. */
export function orcahelloCandidate({ id, modelId, audioUri, imageUri, utc, site, found }: Candidate) {
  return {
    id,
    modelId,
    audioUri,
    imageUri,
    reviewed: false,
    timestamp: utc === undefined ? "" : new Date(utc).toISOString(),
    whaleFoundConfidence: (100 * found.reduce((sum, { peak }) => sum + peak, 0)) / found.length,
    location: { id: site.id, name: site.name, longitude: site.longitude ?? null, latitude: site.latitude ?? null },
    source_guid: site.id,
    predictions: found.map(({ start, end, peak }, at) => ({
      id: at,
      startTime: seconds(start),
      duration: seconds(end - start),
      confidence: peak,
    })),
  };
}

/** OrcaHello's detections: a candidate a recording, its events as predictions. */
export function orcahelloDetections(detections: readonly Detection[], modelId: string): string {
  const byRecording = Map.groupBy(detections, ({ recording }) => recording);
  const candidates = [...byRecording].map(([recording, found]) => {
    const [first] = found as [Detection, ...Detection[]];
    return orcahelloCandidate({
      id: `${recording}#${modelId}`,
      modelId,
      audioUri: first.path,
      imageUri: "",
      utc: first.utc === undefined ? undefined : first.utc - 1000 * first.start,
      site: { id: first.site, name: first.site },
      found,
    });
  });
  return `${JSON.stringify(candidates, undefined, 1)}\n`;
}
