/**
 * Sending what leaves at once over a link: woken by the transaction that made a message, and looking by itself as well,
 * because a wake-up is a hint. Sending and listening go on beside each other.
 */
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import { refuseUnsendable } from '../db/outbound-holds.ts';
import {
  countUnanswered,
  listSendable,
  listUnreceived,
  markSent43,
  type Unsent43,
} from '../db/outbound-live.ts';
import { OUTBOUND_CHANNEL } from '../db/outbound-messages.ts';
import { noteSession, type ClaimedSession } from '../db/outbound-sessions.ts';
import { answerFileNotes } from '../db/outbound-answer-files.ts';
import { storeAnswers } from '../db/outbound-answers.ts';
import { encodeOutgoing } from '../domain/outbound/message-packet.ts';
import { outgoingValues } from '../domain/outbound/outgoing-values.ts';
import { readRecord } from '../domain/swaps/record-text.ts';
import type { OutboundLink, OutboundTarget } from '../platform/outbox/outbound-target.ts';
import type { Sql } from '../platform/postgres.ts';

export type LiveRequest = {
  readonly sql: Sql;
  readonly session: ClaimedSession;
  readonly target: OutboundTarget;
  readonly signal: AbortSignal;
  readonly handOverMs: number;
  readonly onSent: (count: number) => void;
};

const MESSAGES_PER_BATCH = 1000;
const ANSWERS_PER_READ = 2000;
/** How long a message may wait whose wake-up was lost, and how late a cancellation is followed. */
const LOOK_MS = 200;
const NOTE_MS = 1000;

/**
 * Sends and listens until it hands over.
 * @throws TainError outbound.superseded; outbound.stopped: somebody has to look
 * @throws the signal's reason when it is aborted; what was stored stays
 */
export async function drainLive(request: LiveRequest): Promise<void> {
  const { sql, session, target, signal, handOverMs } = request;
  const endTick = performance.now() + handOverMs;
  let lost: ErrorFacts | null = null;
  let failed = false;
  const answerFiles = answerFileNotes(sql, target.name);
  const onProblem = (problem: ErrorFacts): void => void (lost = problem);
  const link = target.open({ ...session, answerFiles, onProblem });
  const wake = createWake();
  const goesOn = (): boolean => !failed && !signal.aborted && performance.now() < endTick;

  const send = async (): Promise<void> => {
    const sendWaiting = createSending(request, link);
    while (goesOn()) if (!(await sendWaiting())) await wake.wait(LOOK_MS);
  };
  const listen = async (): Promise<void> => {
    let notedTick = 0;
    while (goesOn()) {
      const read = await link.read({ max: ANSWERS_PER_READ, waitMs: LOOK_MS });
      if (read.length > 0) {
        await storeAnswers(sql, session, read);
        // A verdict may let others go.
        wake.ring();
      }
      if (performance.now() - notedTick < NOTE_MS) continue;
      notedTick = performance.now();
      const { problem, isConnected } = link.status();
      const found = lost ?? problem ?? (await findSilence(sql, target));
      if (found !== null || isConnected) await noteSession(sql, session, found);
    }
  };
  const run = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      failed = true;
      throw error;
    }
  };

  const listening = sql.listen(OUTBOUND_CHANNEL, wake.ring);
  try {
    await listening;
    const ended = await Promise.allSettled([run(send), run(listen)]);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    signal.throwIfAborted();
  } catch (error) {
    // What is tried again, or waits for somebody, is shown meanwhile.
    if (error instanceof TainError && error.code !== 'outbound.superseded')
      await noteSession(sql, session, error);
    throw error;
  } finally {
    await link.close();
    await listening.then(({ unlisten }) => unlisten()).catch(() => undefined);
  }
}

/** @returns a step that sends what may leave, and says whether there was anything */
function createSending({ sql, session, onSent }: LiveRequest, link: OutboundLink): () => Promise<boolean> {
  let connection = 0;
  /** The last message that was sent again over this connection; undefined: all were. */
  let repeated: string | null | undefined;
  const sendAll = async (rows: readonly Unsent43[]): Promise<boolean> => {
    const packets: { readonly id: string; readonly bytes: Uint8Array }[] = [];
    const tooLong: string[] = [];
    for (const { message_id: id, elements: text, submitter, reported_at } of rows) {
      const elements = outgoingValues(readRecord(text), submitter, reported_at.getTime());
      const bytes = encodeOutgoing({ message: id, file: null, record: null, part: 43, elements });
      if (bytes === null) tooLong.push(id);
      else packets.push({ id, bytes });
    }
    if (tooLong.length > 0) await refuseUnsendable(sql, session, tooLong);
    const sent = await link.send(packets.map(({ bytes }) => bytes));
    const sentAt = Date.now();
    const ids = packets.slice(0, sent).map(({ id }) => id);
    // Behind the socket: who is killed in between sends them again.
    if (ids.length > 0) await markSent43(sql, session, ids, sentAt);
    onSent(ids.length);
    return sent === packets.length;
  };
  return async () => {
    const { isConnected, connections } = link.status();
    if (!isConnected) return false;
    if (connections !== connection) {
      connection = connections;
      repeated = null;
    }
    if (repeated !== undefined) {
      const again = await listUnreceived(sql, repeated, MESSAGES_PER_BATCH);
      if (!(await sendAll(again))) connection = -1;
      repeated = again.at(-1)?.message_id;
      return true;
    }
    const rows = await listSendable(sql, MESSAGES_PER_BATCH);
    return rows.length > 0 && (await sendAll(rows));
  };
}

async function findSilence(sql: Sql, { name, answerMs }: OutboundTarget): Promise<ErrorFacts | null> {
  const { open, ageMs } = await countUnanswered(sql);
  if (open === 0 || ageMs < answerMs) return null;
  const seconds = Math.round(ageMs / 1000);
  return { code: 'delivery.silent', params: { target: name, seconds, open } };
}

/** Waits for a ring, or for some time; a ring while nobody waits is not lost. */
function createWake() {
  let hasRung = false;
  let wakeUp: (() => void) | null = null;
  return {
    ring: (): void => {
      hasRung = true;
      wakeUp?.();
    },
    wait: async (ms: number): Promise<void> => {
      if (!hasRung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      wakeUp = null;
      hasRung = false;
    },
  };
}
