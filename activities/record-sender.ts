/**
 * The records of a file over a link, one by one and in their order. After the connection was lost, all that is not known
 * to have been received goes out again; behind the last record stands the end of the file.
 */
import { TainError } from '../contracts/errors.ts';
import { finishDelivery, markSent, moveDelivery } from '../db/deliveries.ts';
import { refuseUnsendable } from '../db/outbound-holds.ts';
import { readMessageStates } from '../db/outbound-messages.ts';
import { encodeOutgoing } from '../domain/outbound/message-packet.ts';
import type { OutboundLink } from '../platform/outbox/outbound-target.ts';
import type { OutboxRecord } from '../platform/outbox/outbox-file.ts';
import type { SendRequest } from './delivery-sender.ts';

/** Sends what there is of a file. */
export type FileSender = {
  /** Sends a batch, or the end of the file. @returns whether there may be more to send */
  step(): Promise<boolean>;
  /** Takes note of answers that were stored. */
  received(ids: readonly string[], answered: number): void;
  /** Records without a verdict, once all are sent. */
  awaited(): number;
  isDone(): boolean;
  /** The first record that is not known to have been received. */
  record(): number;
};

/** @throws TainError outbox.unreadable when a line names no message of ours */
export async function readStatesOf({ sql, row }: SendRequest, records: readonly OutboxRecord[]) {
  const known = await readMessageStates(
    sql,
    records.map(({ messageId }) => messageId),
  );
  const unknown = records.find(({ messageId }) => !known.has(messageId));
  if (unknown) {
    const reason = `line ${unknown.record + 1}: no message ${unknown.messageId}`;
    throw new TainError('outbox.unreadable', { file: row.file_name, reason });
  }
  return known;
}

/** The sender of a target that takes records. */
export function openRecordSender(request: SendRequest, link: OutboundLink): FileSender {
  const { sql, row, written, file, session, batchRecords } = request;
  const { delivery_id: deliveryId } = row;
  /** Of the connection that the present pass goes over; another one begins a pass. */
  let connection = 0;
  let pass: AsyncGenerator<readonly OutboxRecord[]> | null = null;
  let hasEnded = false;
  let awaited = 0;
  let state = row.state;
  let reached = row.next_record;
  /** Records that were sent and are not known to have been received, in the order of the file. */
  const outstanding = new Map<string, number>();

  const nextRecord = (): number => outstanding.values().next().value ?? reached;

  const begin = async (connections: number): Promise<void> => {
    await pass?.return(undefined);
    connection = connections;
    hasEnded = false;
    reached = nextRecord();
    outstanding.clear();
    pass = file.records(reached, batchRecords);
  };

  const sendBatch = async (records: readonly OutboxRecord[]): Promise<void> => {
    const known = await readStatesOf(request, records);
    const wanted = records.filter(({ messageId }) => {
      const { state: now, received } = known.get(messageId)!;
      return now === 'pending' || (now === 'sent' && !received);
    });
    const packets: { readonly id: string; readonly record: number; readonly bytes: Uint8Array }[] = [];
    const tooLong: string[] = [];
    for (const { messageId, record, elements } of wanted) {
      const bytes = encodeOutgoing({ message: messageId, file: row.file_name, record, part: 45, elements });
      if (bytes === null) tooLong.push(messageId);
      else packets.push({ id: messageId, record, bytes });
    }
    if (tooLong.length > 0) await refuseUnsendable(sql, session, tooLong);
    const sentAt = Date.now();
    const sent = await link.send(packets.map(({ bytes }) => bytes));
    for (const { id, record } of packets.slice(0, sent)) outstanding.set(id, record);
    if (sent === packets.length) reached = records.at(-1)!.record + 1;
    const messageIds = packets.slice(0, sent).map(({ id }) => id);
    if (messageIds.length > 0)
      await markSent(sql, session, { deliveryId, messageIds, sentAt, nextRecord: nextRecord() });
    // The rest goes over the next connection.
    if (sent < packets.length) connection = -1;
  };

  const end = async (): Promise<void> => {
    const { sent, open } = await finishDelivery(sql, session, deliveryId);
    awaited = open;
    if (!(await link.finish({ ...written, sent, round: row.round }))) return void (connection = -1);
    hasEnded = true;
    if (state === 'sending') {
      await moveDelivery(sql, session, deliveryId, { state: 'sent', problem: null });
      state = 'sent';
    }
  };

  return {
    async step() {
      const { isConnected, connections } = link.status();
      if (!isConnected) return false;
      if (connections !== connection) await begin(connections);
      if (hasEnded) return false;
      const next = await pass!.next();
      if (next.done) await end();
      else await sendBatch(next.value);
      return !hasEnded;
    },
    received(ids, answered) {
      for (const id of ids) outstanding.delete(id);
      awaited -= answered;
    },
    awaited: () => awaited,
    isDone: () => hasEnded,
    record: nextRecord,
  };
}
