/** COPY into a table, as the driver needs it. */
import type { Writable } from 'node:stream';
import type { PendingQuery, Row } from 'postgres';

/** Opens the stream of a `copy … from stdin`, which fails when the server refuses what it is given. */
export async function openCopyIn(query: PendingQuery<Row[]>): Promise<Writable> {
  const stream = await query.writable();
  // The driver lets go of the stream when its end is sent: an error that the server finds only then (a constraint)
  // would leave the writer waiting for ever. It still rejects the query, so the stream is ended from there.
  const settled = query as unknown as { reject: (error: Error) => void };
  const reject = settled.reject;
  settled.reject = (error) => {
    stream.destroy(error);
    reject(error);
  };
  return stream;
}
