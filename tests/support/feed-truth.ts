/** What the journal and the ledger should hold behind the plans of a feed, and how far they are from it. */
import { isDeepStrictEqual } from 'node:util';
import type { PlannedMessage } from '../../demo/feed/plan.ts';
import { readSourcedEvent } from '../../domain/swaps/event-source.ts';
import { createMessageJudge } from '../../domain/swaps/judge-message.ts';
import type { Sql } from '../../platform/postgres.ts';
import { foldInMemory, readLedger, type LedgerContent } from './ledger.ts';
import { hashContent } from './swap-events.ts';

/** A session of a feed and everything that was sent in it. */
export type PlayedSession = {
  readonly feed: string;
  readonly session: string;
  readonly messages: readonly Pick<PlannedMessage, 'sequence' | 'bytes' | 'expected'>[];
};

/** What the ledger should hold behind these sessions. */
export function foldSessions(sessions: readonly PlayedSession[]): LedgerContent {
  const judge = createMessageJudge();
  return foldInMemory(
    sessions.map(({ feed, session, messages }) => {
      const source = { kind: 'feed', feed, session } as const;
      const events = messages.flatMap(({ bytes, sequence }) => {
        const { verdict, values } = judge(bytes);
        const event =
          verdict.accepted &&
          values &&
          readSourcedEvent(values, { source, position: sequence, hash: hashContent });
        return event ? [event] : [];
      });
      return { source, events };
    }),
  );
}

export type Distance = {
  /** Sequence numbers that are not in the journal. */
  readonly lost: number;
  /** Journal rows and ledger events that nobody sent. */
  readonly doubled: number;
  /** Verdicts that are not the plan's. */
  readonly differing: number;
  /** Bytes, states, outcomes and event keys that are others. */
  readonly unequal: number;
};

export const NO_DISTANCE: Distance = { lost: 0, doubled: 0, differing: 0, unequal: 0 };

/** How far journal and ledger are from what was sent, nothing else having been sent. */
export async function measureDistance(sql: Sql, sessions: readonly PlayedSession[]): Promise<Distance> {
  let [lost, doubled, differing, unequal] = [0, 0, 0, 0];
  for (const { feed, session, messages } of sessions) {
    const rows = await sql<{ sequence: number; raw: Buffer; verdict: string }[]>`
      select sequence, raw, verdict from feed_journal where feed = ${feed} and session = ${session}`;
    const bySequence = new Map(rows.map((row) => [row.sequence, row]));
    doubled += rows.length - bySequence.size;
    for (const { sequence, bytes, expected } of messages) {
      const row = bySequence.get(sequence);
      bySequence.delete(sequence);
      if (row === undefined) lost += 1;
      else {
        if (!row.raw.equals(bytes)) unequal += 1;
        if (row.verdict !== expected.verdict) differing += 1;
      }
    }
    doubled += bySequence.size;
  }
  const [strangers] = await sql<[{ n: number }]>`
    select count(*) as n from feed_journal
    where feed || ' ' || session <> all(${sessions.map(({ feed, session }) => `${feed} ${session}`)})`;
  const truth = foldSessions(sessions);
  const found = await readLedger(sql);
  const events = await sql<[{ n: number }]>`
    select count(*) - count(distinct (source_id, position)) as n from tb_on_hist`;
  unequal += countUnequal(truth.subjects, found.subjects) + countUnequal(truth.outcomes, found.outcomes);
  unequal += isDeepStrictEqual(truth.holders, found.holders) ? 0 : 1;
  return { lost, doubled: doubled + strangers.n + events[0].n, differing, unequal };
}

function countUnequal(truth: Record<string, unknown>, found: Record<string, unknown>): number {
  const keys = new Set([...Object.keys(truth), ...Object.keys(found)]);
  return [...keys].filter((key) => !isDeepStrictEqual(plain(truth[key]), plain(found[key]))).length;
}

/** As it would be written down: what is absent and what is undefined are the same. */
const plain = (value: unknown): unknown => (value === undefined ? value : JSON.parse(JSON.stringify(value)));
