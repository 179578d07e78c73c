/** The input of a day: a file, and what a feed said. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { migrate } from '../../db/migrate.ts';
import { planFeed } from '../../demo/feed/plan.ts';
import { readSourcedEvent, type EventSource } from '../../domain/swaps/event-source.ts';
import { createMessageJudge } from '../../domain/swaps/judge-message.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { applyPublished, makeDay } from '../support/applied.ts';
import { publishDropped } from '../support/published.ts';
import { storeFeed } from '../support/stored-feeds.ts';
import { hashContent } from '../support/swap-events.ts';

export type DayInput = {
  readonly seed: string;
  /** Records of the file; the feed has a quarter of them besides. */
  readonly rows: number;
};

/** The date of the folder that the file is dropped into. */
export const DAY_DATE = '2026-11-21';

const FEED = 'desk';
const SESSION = 'DAY1';

/** What the day waits for. */
export const DAY_FILE = {
  expects: [
    { name: 'swaps', file: 'swaps-*.csv' },
    { name: 'desk', feed: FEED },
  ],
};

/** Fills an empty database with the input, published and applied. */
export async function fillDayInput(url: string, folder: string, { seed, rows }: DayInput): Promise<void> {
  const sql = connectPostgres(url, 'chaos');
  try {
    await migrate(sql);
    const [file] = makeDay(seed, rows, 1) as [Buffer];
    const drop = async (day: string, name: string, content: string | Buffer): Promise<string> => {
      const place = path.join(folder, day, 'rec', name);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, content);
      return place;
    };
    await applyPublished(sql, (await publishDropped(sql, { drop }, 'swaps-1.csv', file)).file);
    await tellFeed(sql, `${seed} feed`, Math.ceil(rows / 4));
  } finally {
    await sql.end();
  }
}

async function tellFeed(sql: Sql, seed: string, rows: number): Promise<void> {
  const judge = createMessageJudge();
  const source: EventSource = { kind: 'feed', feed: FEED, session: SESSION };
  const judged = planFeed({ seed, rows, date: '2026-11-20', rate: 100, duplicateShare: 0.02 }).map(
    ({ bytes, sequence }) => ({ bytes, sequence, ...judge(bytes) }),
  );
  const messages = judged.map(({ bytes, verdict: { accepted, issues } }) => ({
    raw: bytes,
    verdict: accepted ? ('accepted' as const) : ('rejected' as const),
    ...(!accepted && { issues }),
  }));
  await storeFeed(sql, FEED, messages, { session: SESSION });
  await sql`update feed set session_ended = true where feed = ${FEED}`;
  const events = judged.flatMap(({ verdict, values, sequence }) => {
    if (!verdict.accepted || values === null) return [];
    const event = readSourcedEvent(values, { source, position: sequence, hash: hashContent });
    return event === null ? [] : [event];
  });
  await applyInBatches(sql, events, source);
}
