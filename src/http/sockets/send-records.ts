import type { LiveRecord, RecordWriter } from "../../records/index.ts";
import type { Connection } from "./connection.ts";

/** Records that are made as they are asked for, and the form that they are sent in. */
export interface Sending {
  readonly batches: AsyncGenerator<readonly LiveRecord[]>;
  readonly writer: RecordWriter;
}

/**
 * Sends each record as a text message, the error record where it fails, and closes. Ends early when the client leaves.
 * @param before  called for each record before it is sent
 * @param sent  called for records that were sent
 */
export async function sendRecords(
  connection: Connection,
  open: () => Sending,
  sent: (records: readonly LiveRecord[]) => void,
  before: (record: LiveRecord) => void = () => undefined,
): Promise<void> {
  try {
    const { batches, writer } = open();
    for await (const records of batches) {
      for (const record of records) {
        before(record);
        await connection.send(writer.json(record));
      }
      sent(records);
      if (!connection.open) break;
    }
  } catch (thrown) {
    connection.fail(thrown);
  }
  connection.close();
}
