/** One stream of server-sent events: what of the audit log a client asked for, from its place on, for as long as it may. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { AuditAction } from '../contracts/audit.ts';
import type { EventData } from '../contracts/events.schema.ts';
import type { AuditNews } from '../db/audit.ts';
import type { AuditTail } from './audit-tail.ts';

/** How long a client should wait before it comes back. */
const RETRY_MS = 2000;

export type StreamRequest = {
  /** Number of the last entry that the client has. */
  readonly after: number;
  readonly actions?: readonly AuditAction[] | undefined;
  readonly subject?: string | undefined;
  /** When its token ends, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Something is sent at least so often, so that nobody between takes the connection for dead. */
  readonly heartbeatMs: number;
  /** How long a client may take to read what waits for it. */
  readonly stallMs: number;
};

/**
 * Sends until the token ends, the signal is aborted or the client is gone. Nothing more is read or written before the
 * client has taken what was written: a client that does not read costs one page, and is dropped.
 * @throws when the client has stalled, or the log cannot be read: it may come back with its Last-Event-ID
 */
export async function streamEvents(
  out: Writable,
  tail: AuditTail,
  request: StreamRequest,
  signal: AbortSignal,
): Promise<void> {
  const { expiresAt, heartbeatMs, stallMs } = request;
  let position = request.after;
  let sentAt = 0;
  const send = async (text: string): Promise<void> => {
    sentAt = performance.now();
    if (out.write(text)) return;
    const stalled = AbortSignal.timeout(stallMs);
    await once(out, 'drain', { signal: AbortSignal.any([signal, stalled]) }).catch((error: unknown) => {
      if (!signal.aborted) throw new Error('The client does not read.', { cause: error });
    });
  };
  // An id without data is no event, but the client keeps it: it may come back before there was any.
  await send(`retry: ${RETRY_MS}\nid: ${position}\n\n`);
  while (!signal.aborted && Date.now() < expiresAt) {
    const rows = await tail.read(position);
    for (const row of rows) if (isWanted(row, request)) await send(writeEvent(row));
    position = rows.at(-1)?.seq ?? position;
    const restMs = sentAt + heartbeatMs - performance.now();
    // The position goes with it, so that what was left out is not looked through again.
    if (restMs <= 0) await send(`: still here\nid: ${position}\n\n`);
    else if (rows.length === 0) await tail.wait(position, Math.min(restMs, expiresAt - Date.now()), signal);
  }
}

const isWanted = (row: AuditNews, { actions, subject }: StreamRequest): boolean =>
  (actions === undefined || (actions as readonly string[]).includes(row.action)) &&
  (subject === undefined || row.subject === subject);

/** JSON has no line breaks of its own, so that `data` is one line. */
function writeEvent({ seq, at, action, subject, after, reason }: AuditNews): string {
  const data: EventData = { seq, at: at.toISOString(), action, subject, after, reason };
  return `id: ${seq}\nevent: ${action}\ndata: ${JSON.stringify(data)}\n\n`;
}
