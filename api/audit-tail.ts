/**
 * The end of the audit log, looked at once for all who follow it. The newest rows are kept for a while, so that whoever
 * is at the end needs no query of its own; whoever is further back reads its pages from the log.
 */
import { lastAuditSeq, listAuditAfter, type AuditNews } from '../db/audit.ts';
import type { Sql } from '../platform/postgres.ts';

const POLL_MS = 1000;
/** Rows of one look, and of one page of whoever catches up. */
const PAGE_ROWS = 200;
const KEPT_ROWS = 1000;

export type AuditTail = {
  /** Lets the log be looked at until the returned function is called. */
  follow(): () => void;
  /** Rows behind a number, oldest first and without holes; none when there are none yet. */
  read(after: number): Promise<readonly AuditNews[]>;
  /** Until there are rows behind a number, at most for a time, or until the signal is aborted. */
  wait(after: number, ms: number, signal: AbortSignal): Promise<void>;
};

export function openAuditTail(sql: Sql, pollMs = POLL_MS): AuditTail {
  let recent: AuditNews[] = [];
  /** Number of the newest row that was seen; null before the first look. */
  let head: number | null = null;
  let followers = 0;
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;
  const waiting = new Set<() => void>();

  async function look(): Promise<void> {
    isLooking = true;
    let isMore = false;
    try {
      // After a pause without followers nobody is where the tail was.
      const isFirst = head === null;
      head ??= await lastAuditSeq(sql);
      const rows = await listAuditAfter(sql, head, PAGE_ROWS);
      if (rows.length > 0) {
        head = rows.at(-1)!.seq;
        recent = [...recent, ...rows].slice(-KEPT_ROWS);
      }
      if (isFirst || rows.length > 0) for (const wake of [...waiting]) wake();
      isMore = rows.length === PAGE_ROWS;
    } catch {
      // The next look may find the database again; what was written meanwhile is seen then.
    }
    isLooking = false;
    if (followers > 0) timer = setTimeout(() => void look(), isMore ? 0 : pollMs);
  }

  return {
    follow() {
      followers += 1;
      if (followers === 1 && !isLooking) void look();
      return () => {
        followers -= 1;
        if (followers > 0) return;
        clearTimeout(timer);
        head = null;
        recent = [];
      };
    },
    async read(after) {
      const first = recent[0];
      if (first === undefined || after + 1 < first.seq) {
        return head !== null && after >= head ? [] : listAuditAfter(sql, after, PAGE_ROWS);
      }
      return recent.slice(after + 1 - first.seq);
    },
    wait(after, ms, signal) {
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(limit);
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const limit = setTimeout(done, ms);
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
        if (signal.aborted || (head !== null && head > after)) done();
      });
    },
  };
}
