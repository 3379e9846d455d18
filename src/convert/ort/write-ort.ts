import { DATA_TYPE } from "../../onnx/file/proto.ts";
import type { Graph, Initializer } from "../graph.ts";
import { writeOnnx } from "../onnx-writer.ts";
import { elementCount } from "../weights.ts";
import { readFlat } from "./flat-reader.ts";
import type { FlatTable } from "./flat-schema.ts";
import { writeFlat } from "./flat-writer.ts";
import { optimise } from "./optimise.ts";
import { ORT_SCHEMA } from "./ort-schema.ts";

/**
 * A graph as the bytes of an .ort file, one tensor at a time. onnxruntime optimises a graph whose weights are inputs, so
 * that it needs no memory for them (given VGGish's 289 MB it takes 1 GB), and their numbers are put in afterwards. None
 * of its rewrites that our nets meet looks at a float weight's numbers; the tests compare with what it makes of the
 * whole file. Unlike onnxruntime's own file the same graph gives the same bytes.
 */
export async function* writeOrt(graph: Graph): AsyncGenerator<Uint8Array> {
  const floats = graph.initializers.filter(({ type }) => type === "float");
  const standIn: Graph = {
    ...graph,
    inputs: [...graph.inputs, ...floats],
    initializers: graph.initializers.filter(({ type }) => type !== "float"),
  };
  const onnx: Uint8Array[] = [];
  for await (const bytes of writeOnnx(standIn)) onnx.push(bytes);
  const session = readFlat(ORT_SCHEMA, await optimise(Buffer.concat(onnx)));
  yield* writeFlat(ORT_SCHEMA, withWeights(session, floats));
}

/** The session with `floats` as initializers instead of inputs. */
function withWeights(session: FlatTable, floats: readonly Initializer[]): FlatTable {
  const model = session.model as FlatTable;
  const graph = model.graph as FlatTable;
  const names = new Set(floats.map(({ name }) => name));
  const inputs = (graph.inputs as readonly string[]).filter((name) => !names.has(name));
  const initializers = [...((graph.initializers ?? []) as readonly FlatTable[]), ...floats.map(tensorTable)];
  return { ...session, model: { ...model, graph: { ...graph, inputs, initializers } } };
}

function tensorTable({ name, shape, read }: Initializer): FlatTable {
  const dims = BigInt64Array.from(shape, BigInt);
  return {
    name,
    dims: new Uint8Array(dims.buffer),
    data_type: new Uint8Array(Int32Array.of(DATA_TYPE.float).buffer),
    raw_data: {
      length: 4 * elementCount(shape),
      async read() {
        const values = await read();
        return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      },
    },
  };
}
