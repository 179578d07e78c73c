/**
 * Sending a file over a link. Records go out in the order of the file, answers are stored as they come. After the
 * connection was lost, all that is not known to have been received goes out again; behind the last record stands the end
 * of the file, and then only answers are waited for.
 */
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import {
  finishDelivery,
  markSent,
  moveDelivery,
  type DeliveryFile,
  type DeliveryRow,
} from '../db/deliveries.ts';
import { storeAnswers } from '../db/outbound-answers.ts';
import { readMessageStates } from '../db/outbound-messages.ts';
import { refuseUnsendable } from '../db/outbound-holds.ts';
import { noteSession, type ClaimedSession } from '../db/outbound-sessions.ts';
import { encodeOutgoing } from '../domain/outbound/message-packet.ts';
import type { OutboundLink, OutboundTarget } from '../platform/outbox/outbound-target.ts';
import type { OutboxFile, OutboxRecord } from '../platform/outbox/outbox-file.ts';
import type { Sql } from '../platform/postgres.ts';

export type SendProgress = { readonly record: number; readonly answers: number };

export type SendRequest = {
  readonly sql: Sql;
  readonly row: DeliveryRow;
  readonly written: DeliveryFile;
  /** Opened and proven. */
  readonly file: OutboxFile;
  readonly session: ClaimedSession;
  readonly target: OutboundTarget;
  readonly batchRecords: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SendProgress) => void;
};

const ANSWERS_PER_READ = 500;
/** How long answers are waited for when there is nothing to send: bounds how late a cancellation is followed. */
const WAIT_MS = 200;
/** How often is looked at least whether everything has its answer: others may have stored some. */
const LOOK_MS = 2000;
/** How often a session says how it is doing. */
const NOTE_MS = 1000;

/**
 * Sends a file until the verdict on it and those on all records that were sent are stored.
 * @throws TainError outbound.superseded; delivery.file-refused, outbound.stopped, outbox.unreadable: somebody has to look
 * @throws the signal's reason when it is aborted; what was stored stays
 */
export async function sendDelivery(request: SendRequest): Promise<void> {
  const { sql, row, session, target, signal } = request;
  const { delivery_id: deliveryId } = row;
  let lost: ErrorFacts | null = null;
  const link = target.open({ ...session, onProblem: (problem) => void (lost = problem) });
  const sender = openSender(request, link);
  let answers = 0;
  let heardTick = performance.now();
  let notedTick = 0;
  let lookedTick = 0;
  let isSilent = row.state === 'silent';

  /** @returns whether everything has its answer */
  const look = async (): Promise<boolean> => {
    lookedTick = performance.now();
    const { finished, fileVerdict, open } = await finishDelivery(sql, session, deliveryId);
    if (finished) return true;
    if (fileVerdict === 'refused')
      throw new TainError('delivery.file-refused', { target: target.name, file: row.file_name });
    const silentMs = performance.now() - heardTick;
    if (!isSilent && sender.isDone() && silentMs > target.answerMs) {
      isSilent = true;
      const seconds = Math.round(target.answerMs / 1000);
      const params = { delivery: deliveryId, target: target.name, seconds, open };
      await moveDelivery(sql, session, deliveryId, {
        state: 'silent',
        problem: { code: 'delivery.silent', params },
      });
    }
    return false;
  };

  try {
    for (;;) {
      signal.throwIfAborted();
      const wasDone = sender.isDone();
      const isBusy = await sender.step();
      if (sender.isDone() && !wasDone) heardTick = performance.now();
      const read = await link.read({ max: ANSWERS_PER_READ, waitMs: isBusy ? 0 : WAIT_MS });
      if (read.length > 0) {
        heardTick = performance.now();
        const { received, answered } = await storeAnswers(sql, session, read);
        sender.received(received, answered);
        answers += read.length;
        request.onProgress({ record: sender.record(), answers });
        if (isSilent) {
          isSilent = false;
          await moveDelivery(sql, session, deliveryId, { state: 'sent', problem: null });
        }
      }
      // Counting takes long where there are many: it is done when all may be there, and now and then.
      const mayBeAll = read.length > 0 && sender.awaited() <= 0;
      if (sender.isDone() && (mayBeAll || performance.now() - lookedTick > LOOK_MS)) if (await look()) return;
      if (performance.now() - notedTick > NOTE_MS) {
        notedTick = performance.now();
        await noteSession(sql, session, lost ?? link.status().problem);
      }
    }
  } catch (error) {
    // What is tried again is shown meanwhile.
    if (error instanceof TainError && error.code !== 'outbound.superseded')
      await noteSession(sql, session, { code: error.code, params: error.params });
    throw error;
  } finally {
    await link.close();
  }
}

function openSender(request: SendRequest, link: OutboundLink) {
  const { sql, row, written, file, session, target, batchRecords } = request;
  const { delivery_id: deliveryId } = row;
  /** Of the connection that the present pass goes over; another one begins a pass. */
  let connection = 0;
  let pass: AsyncGenerator<readonly OutboxRecord[]> | null = null;
  let hasEnded = false;
  /** Records without a verdict, once all are sent. */
  let awaited = 0;
  let state = row.state;
  let reached = row.next_record;
  /** Records that were sent and are not known to have been received, in the order of the file. */
  const outstanding = new Map<string, number>();

  /** The first record that is not known to have been received. */
  const nextRecord = (): number => outstanding.values().next().value ?? reached;

  const begin = async (connections: number): Promise<void> => {
    await pass?.return(undefined);
    connection = connections;
    // What was handed over as a whole is not handed over again.
    hasEnded = target.takes === 'files' && (state === 'sent' || state === 'silent');
    if (hasEnded) return;
    reached = nextRecord();
    outstanding.clear();
    pass = file.records(reached, batchRecords);
  };

  const sendBatch = async (records: readonly OutboxRecord[]): Promise<void> => {
    const known = await readMessageStates(
      sql,
      records.map(({ messageId }) => messageId),
    );
    const unknown = records.find(({ messageId }) => !known.has(messageId));
    if (unknown) {
      const reason = `line ${unknown.record + 1}: no message ${unknown.messageId}`;
      throw new TainError('outbox.unreadable', { file: row.file_name, reason });
    }
    const wanted = records.filter(({ messageId }) => {
      const { state: now, received } = known.get(messageId)!;
      if (now === 'held') return target.takes === 'files';
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
    if (!(await link.finish({ ...written, sent }))) return void (connection = -1);
    hasEnded = true;
    if (state === 'sending') {
      await moveDelivery(sql, session, deliveryId, { state: 'sent', problem: null });
      state = 'sent';
    }
  };

  return {
    /** Sends a batch, or the end of the file. @returns whether there may be more to send */
    async step(): Promise<boolean> {
      const { isConnected, connections } = link.status();
      if (!isConnected) return false;
      if (connections !== connection) await begin(connections);
      if (hasEnded) return false;
      const next = await pass!.next();
      if (next.done) await end();
      else await sendBatch(next.value);
      return !hasEnded;
    },
    received(ids: readonly string[], answered: number): void {
      for (const id of ids) outstanding.delete(id);
      awaited -= answered;
    },
    awaited: (): number => awaited,
    isDone: (): boolean => hasEnded,
    record: nextRecord,
  };
}
