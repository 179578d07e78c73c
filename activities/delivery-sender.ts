/**
 * Sending a file over a link and storing answers as they come; once all of it is sent, only answers are waited for.
 */
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import { finishDelivery, moveDelivery, type DeliveryFile, type DeliveryRow } from '../db/deliveries.ts';
import { answerFileNotes } from '../db/outbound-answer-files.ts';
import { storeAnswers } from '../db/outbound-answers.ts';
import { noteSession, type ClaimedSession } from '../db/outbound-sessions.ts';
import type { OutboundTarget } from '../platform/outbox/outbound-target.ts';
import type { OutboxFile } from '../platform/outbox/outbox-file.ts';
import type { Sql } from '../platform/postgres.ts';
import { openFileSender } from './file-sender.ts';
import { openRecordSender } from './record-sender.ts';

export type SendProgress = { readonly record: number; readonly answers: number };

export type SendRequest = {
  readonly sql: Sql;
  readonly row: DeliveryRow;
  /** Its path is absolute. */
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
  const answerFiles = answerFileNotes(sql, target.name);
  const onProblem = (problem: ErrorFacts): void => void (lost = problem);
  const link = target.open({ ...session, answerFiles, onProblem });
  const sender = target.takes === 'files' ? openFileSender(request, link) : openRecordSender(request, link);
  let answers = 0;
  let heardTick = performance.now();
  let notedTick = 0;
  let lookedTick = 0;
  let isSilent = row.state === 'silent';

  /** Says how the session is doing. @throws TainError outbound.superseded */
  const note = async (problem: ErrorFacts | null): Promise<void> => {
    if (!(await noteSession(sql, session, problem))) throw new TainError('outbound.superseded', session);
  };
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
        const { received, answered } = await storeAnswers(sql, session, read, deliveryId);
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
      if (sender.isDone() && (mayBeAll || performance.now() - lookedTick > LOOK_MS))
        if (await look()) return void (await note(null));
      if (performance.now() - notedTick > NOTE_MS) {
        notedTick = performance.now();
        const { problem, isConnected } = link.status();
        if (lost !== null || problem !== null || isConnected) await note(lost ?? problem);
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
