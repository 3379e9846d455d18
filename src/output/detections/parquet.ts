import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { VERSION } from "../../version.ts";
import type { Detection } from "./detection.ts";

const TEXTS = ["file", "class", "head", "site", "model"] as const;
const NUMBERS = ["start", "end", "score", "mean_score", "low_hz", "high_hz"] as const;

/** Detections as Parquet, a row each: the columns of the CSV, and `utc` in milliseconds, null where it is not known. */
export function parquetDetections(detections: readonly Detection[]): Uint8Array {
  const bytes = new ByteWriter();
  const required = { repetition_type: "REQUIRED" } as const;
  const schema: SchemaElement[] = [
    { name: "root", num_children: TEXTS.length + NUMBERS.length + 2 },
    ...TEXTS.map(
      (name): SchemaElement => ({
        name,
        type: "BYTE_ARRAY",
        converted_type: "UTF8",
        logical_type: { type: "STRING" },
        ...required,
      }),
    ),
    ...NUMBERS.map((name): SchemaElement => ({ name, type: "DOUBLE", ...required })),
    { name: "windows", type: "INT32", ...required },
    {
      name: "utc",
      type: "INT64",
      converted_type: "TIMESTAMP_MILLIS",
      logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
      repetition_type: "OPTIONAL",
    },
  ];
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: `orca-embeddings ${VERSION}` });
  const column = (name: string, of: (one: Detection) => unknown) => ({ name, data: detections.map(of) });
  if (detections.length > 0)
    writer.write({
      columnData: [
        column("file", ({ recording }) => recording),
        column("class", (one) => one.class),
        column("head", ({ head }) => head),
        column("site", ({ site }) => site),
        column("model", ({ model }) => model),
        column("start", ({ start }) => start),
        column("end", ({ end }) => end),
        column("score", ({ peak }) => peak),
        column("mean_score", ({ mean }) => mean),
        column("low_hz", ({ low }) => low),
        column("high_hz", ({ high }) => high),
        column("windows", ({ windows }) => windows),
        column("utc", ({ utc }) => (utc === undefined ? undefined : new Date(utc))),
      ],
      rowGroupSize: detections.length,
    });
  writer.finish();
  return bytes.getBytes();
}
