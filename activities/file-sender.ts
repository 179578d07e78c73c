/**
 * A file that is handed over as a whole: it is proven to be ours line by line, handed over, and only then are its messages
 * sent. What is held by then goes with it.
 */
import { finishDelivery, markSent, moveDelivery } from '../db/deliveries.ts';
import type { OutboundLink } from '../platform/outbox/outbound-target.ts';
import { readStatesOf, type FileSender } from './record-sender.ts';
import type { SendRequest } from './delivery-sender.ts';

/** The sender of a target that takes files. */
export function openFileSender(request: SendRequest, link: OutboundLink): FileSender {
  const { sql, row, written, file, session, batchRecords, signal } = request;
  const { delivery_id: deliveryId } = row;
  // What was handed over is not handed over again.
  let isOver = row.state === 'sent' || row.state === 'silent';
  let reached = row.next_record;
  let awaited = 0;

  const handOver = async (): Promise<void> => {
    for await (const records of file.records(1, batchRecords)) {
      signal.throwIfAborted();
      await readStatesOf(request, records);
    }
    await link.finish({ ...written, sent: written.rowCount, round: row.round });
    const sentAt = Date.now();
    for await (const records of file.records(1, batchRecords)) {
      signal.throwIfAborted();
      reached = records.at(-1)!.record + 1;
      const messageIds = records.map(({ messageId }) => messageId);
      await markSent(sql, session, { deliveryId, messageIds, sentAt, nextRecord: reached });
    }
    awaited = (await finishDelivery(sql, session, deliveryId)).open;
    await moveDelivery(sql, session, deliveryId, { state: 'sent', problem: null });
    isOver = true;
  };

  return {
    async step() {
      if (!isOver) await handOver();
      return false;
    },
    received: (_, answered) => void (awaited -= answered),
    awaited: () => awaited,
    isDone: () => isOver,
    record: () => reached,
  };
}
