/** One stream of server-sent events: what of the audit log a client asked for, from its place on, for as long as it may. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { AuditAction } from '../contracts/audit.ts';
import type { EventData } from '../contracts/events.schema.ts';
import type { AuditNews } from '../db/audit.ts';
import type { AuditTail } from './audit-tail.ts';
import type { StreamLimits } from './event-desk.ts';

/** How long a client should wait before it comes back. */
const RETRY_MS = 2000;

type StreamRequest = {
  /** Number of the last entry that the client has. */
  readonly after: number;
  readonly actions?: readonly AuditAction[] | undefined;
  readonly subject?: string | undefined;
  /** When its token ends, in milliseconds since 1970. */
  readonly expiresAt: number;
};

type EventSender = {
  /** Comes back when the client has taken what was written before. @throws when it has stalled */
  send(text: string): Promise<void>;
  /** Says that the connection lives, and where the client is, if nothing was sent for long. @returns ms until it is time */
  beat(id: number | string): Promise<number>;
};

/** Writes server-sent events, none before the client has taken those before. */
export function openSender(
  out: Writable,
  { heartbeatMs, stallMs }: StreamLimits,
  signal: AbortSignal,
): EventSender {
  let sentAt = 0;
  const send = async (text: string): Promise<void> => {
    sentAt = performance.now();
    if (out.write(text)) return;
    const stalled = AbortSignal.timeout(stallMs);
    await once(out, 'drain', { signal: AbortSignal.any([signal, stalled]) }).catch((error: unknown) => {
      if (!signal.aborted) throw new Error('The client does not read.', { cause: error });
    });
  };
  return {
    send,
    async beat(id) {
      const restMs = sentAt + heartbeatMs - performance.now();
      if (restMs > 0) return restMs;
      await send(`: still here\nid: ${id}\n\n`);
      return 0;
    },
  };
}

/** An id without data is no event, but the client keeps it: it may come back before there was any. */
export const openingOf = (id: number | string): string => `retry: ${RETRY_MS}\nid: ${id}\n\n`;

/** JSON has no line breaks of its own, so that `data` is one line. */
export const writeEvent = (id: number | string, event: string, data: object): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * Sends until the token ends, the signal is aborted or the client is gone. Nothing more is read or written before the
 * client has taken what was written: a client that does not read costs one page, and is dropped.
 * @throws when the client has stalled, or the log cannot be read: it may come back with its Last-Event-ID
 */
export async function streamEvents(
  out: Writable,
  tail: AuditTail,
  request: StreamRequest,
  limits: StreamLimits,
  signal: AbortSignal,
): Promise<void> {
  const { expiresAt } = request;
  const { send, beat } = openSender(out, limits, signal);
  let position = request.after;
  await send(openingOf(position));
  while (!signal.aborted && Date.now() < expiresAt) {
    const rows = await tail.read(position);
    for (const row of rows) if (isWanted(row, request)) await send(eventOf(row));
    position = rows.at(-1)?.seq ?? position;
    // The position goes with it, so that what was left out is not looked through again.
    const restMs = await beat(position);
    if (restMs > 0 && rows.length === 0)
      await tail.wait(position, Math.min(restMs, expiresAt - Date.now()), signal);
  }
}

const isWanted = (row: AuditNews, { actions, subject }: StreamRequest): boolean =>
  (actions === undefined || (actions as readonly string[]).includes(row.action)) &&
  (subject === undefined || row.subject === subject);

function eventOf({ seq, at, action, subject, after, reason }: AuditNews): string {
  const data: EventData = { seq, at: at.toISOString(), action, subject, after, reason };
  return writeEvent(seq, action, data);
}
