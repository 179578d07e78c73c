import { beforeAll, describe, expect, test } from '@jest/globals';
import type { DayCounts } from '../../contracts/cftc-day.ts';
import { sourceOf } from '../../db/file-events.ts';
import { headerOf } from '../../db/files.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { listRecords } from '../../db/records.ts';
import type { SourcedEvent } from '../../domain/swaps/event-source.ts';
import { applyAll, type SubjectState } from '../../domain/swaps/ledger-account.ts';
import { singleValue, type RecordValues } from '../../domain/swaps/record-content.ts';
import { readState } from '../../domain/swaps/state-text.ts';
import { readSwapEvent } from '../../domain/swaps/swap-event.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';
import type { Sql } from '../../platform/postgres.ts';
import { EXAMPLES, type Example } from '../domain/swaps/lifecycle-examples.ts';
import { useDatabase } from '../support/database.ts';
import { readFilesOf, reportOn, writeFilesOf } from '../support/days.ts';
import { useDataDir } from '../support/files.ts';
import { feedSource, sourced } from '../support/ledger.ts';
import { publishDropped } from '../support/published.ts';
import { storeFeed } from '../support/stored-feeds.ts';
import { hashContent, message, uti } from '../support/swap-events.ts';

const DATES = ['2026-11-23', '2026-11-24', '2026-11-25'];

/** A message of an example, and the day on which it comes. */
type Told = { readonly example: number; readonly date: string; readonly values: RecordValues };

/** Examples 1 and 13 both name their swap A. */
const utiIn = (example: number, swap: string): string => uti(example === 13 ? `${swap}13` : swap);

/** The daily messages of the examples come to swaps that were reported before. */
const BEGUN = ['O', 'P', 'Q', 'R'].map((swap) => message('NEWT-TRAD', swap, '2018-04-01T14:15:36'));

const TOLD: readonly Told[] = [
  ...BEGUN.map((values) => ({ example: 14, date: DATES[0]!, values })),
  ...EXAMPLES.flatMap(({ number, messages }) =>
    messages.map(({ swap, values }, at) => ({
      example: number,
      date: DATES[Math.floor((at * DATES.length) / messages.length)]!,
      values: { ...values, ...(swap !== '' && { uniqueTransactionIdentifierUti: utiIn(number, swap) }) },
    })),
  ),
];

const COLUMNS = [...new Set(TOLD.flatMap(({ values }) => Object.keys(values)))];

/** Tells of a day. @returns the events, in the order of the messages */
type Tell = (way: Way, told: readonly Told[], date: string) => Promise<SourcedEvent[]>;
type Way = {
  readonly database: { readonly sql: Sql };
  readonly data: ReturnType<typeof useDataDir>;
  readonly tell: Tell;
};

// The examples state no more than what matters in them, too little for intake: they go past it to the ledger.

/** A file for each day. */
const tellByFile: Tell = async ({ database: { sql }, data }, told, date) => {
  const rows = told.map(({ values }) => COLUMNS.map((name) => [values[name] ?? ''].flat().join(';')));
  const text = [COLUMNS, ...rows].map((cells) => `${cells.join(',')}\n`).join('');
  const { file } = await publishDropped(sql, data, `${date}.csv`, text);
  const source = sourceOf(file);
  const layout = readStoredHeader(headerOf(file));
  const records = await listRecords(sql, file.file_id, { after: 0, limit: 1000 });
  const events = records.map(({ record_no, raw }) =>
    sourced(readRecordValues(raw!, layout)!, source, record_no),
  );
  await applyInBatches(sql, events, source);
  return events;
};

const SESSION = feedSource('S1');

/** One session that goes on from day to day. */
const tellByFeed: Tell = async ({ database: { sql } }, told) => {
  const [journal] = await sql<[{ last: number }]>`
    select coalesce(max(sequence), 0) as last from feed_journal where feed = 'desk' and session = 'S1'`;
  if (journal.last === 0) await storeFeed(sql, 'desk');
  const events = told.map(({ values }, at) => sourced(values, SESSION, journal.last + at + 1));
  for (const { position, event } of events)
    await sql`
      insert into feed_journal (feed, session, sequence, received_at, raw, verdict, basis_id)
      select 'desk', 'S1', ${position}, now(), ${Buffer.from(JSON.stringify(event.values))}, 'accepted', min(basis_id)
      from feed_basis`;
  await applyInBatches(sql, events, SESSION);
  return events;
};

const WAYS = {
  file: { database: useDatabase(), data: useDataDir(), tell: tellByFile },
  feed: { database: useDatabase(), data: useDataDir(), tell: tellByFeed },
} satisfies Record<string, Way>;
const NAMES = Object.keys(WAYS) as (keyof typeof WAYS)[];

/** A line of a file that leaves, and what it was made of. */
type Line = {
  readonly date: string;
  readonly id: string;
  /** Behind the message id. */
  readonly fields: readonly string[];
  readonly values: RecordValues;
  readonly place: string;
  readonly told: Told;
};
type Reported = {
  readonly counts: readonly DayCounts[];
  /** Of all days, by the names of their files. */
  readonly files: ReadonlyMap<string, readonly Line[]>;
  readonly lines: readonly Line[];
  /** As the ledger has them in the end, by kind and key. */
  readonly ours: Readonly<Record<string, SubjectState>>;
  /** As the receiver of the lines has them. */
  readonly theirs: Readonly<Record<string, SubjectState>>;
};

const reported = new Map<string, Reported>();

/** Tells all days one after the other, and reads what leaves with each. */
async function runDays(way: Way): Promise<Reported> {
  const { sql } = way.database;
  const counts: DayCounts[] = [];
  const files = new Map<string, Line[]>();
  const toldAt = new Map<string, Told>();
  for (const date of DATES) {
    const told = TOLD.filter((one) => one.date === date);
    const events = await way.tell(way, told, date);
    for (const [at, { event }] of events.entries()) toldAt.set(event.place, told[at]!);
    counts.push((await reportOn(sql, date, `${date}T23:00:00Z`, { eventsPerBatch: 5 })).counts);
    const places = await readPlaces(sql);
    const written = await readFilesOf(way.data.dataDir, await writeFilesOf(sql, way.data.dataDir, date));
    for (const [name, content] of written) {
      if (!name.endsWith('.csv')) continue;
      const [header, ...rows] = content.toString('utf8').trimEnd().split('\n');
      const layout = readStoredHeader(`${header}\n`);
      const lines = rows.map((row) => {
        const [id, ...fields] = row.split(',') as [string, ...string[]];
        const place = places.get(id)!;
        return { date, id, fields, values: readRecordValues(row, layout)!, place, told: toldAt.get(place)! };
      });
      files.set(name, lines);
    }
  }
  const lines = [...files.values()].flat();
  return { counts, files, lines, ours: await readStates(sql), theirs: receive(lines) };
}

async function readPlaces(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; place: string }[]>`
    select message_id as id, name || '/' || position as place
    from outbound_message join ledger_source using (source_id)`;
  return new Map(rows.map(({ id, place }) => [id, place]));
}

async function readStates(sql: Sql): Promise<Record<string, SubjectState>> {
  const rows = await sql<{ kind: SubjectState['kind']; key: string; state: string }[]>`
    select subject_kind as kind, subject_key as key, state from tb_on_mst`;
  return Object.fromEntries(rows.map(({ kind, key, state }) => [`${kind} ${key}`, readState(kind, state)]));
}

/** Folds lines as a repository does. A state names messages by their places: by those that they have with us. */
function receive(lines: readonly Line[]): Record<string, SubjectState> {
  const events = lines.map(({ values, place }) => readSwapEvent(values, { place, hash: hashContent })!);
  const subjects = Map.groupBy(events, ({ subject }) => `${subject.kind} ${subject.key}`);
  return Object.fromEntries(
    [...subjects].map(([id, own]) => {
      const { account, outcomes } = applyAll(own[0]!.subject.kind, own);
      expect(outcomes.filter(({ outcome }) => outcome.kind !== 'applied')).toEqual([]);
      return [id, account.subject];
    }),
  );
}

/** Messages by swap, each with its date, action and event; those of a portfolio name no swap. */
function listBySwap(messages: readonly (Pick<Told, 'date'> & { readonly values: RecordValues })[]) {
  const bySwap = Map.groupBy(
    messages,
    ({ values }) => singleValue(values, 'uniqueTransactionIdentifierUti') ?? '',
  );
  return new Map(
    [...bySwap].map(([swap, own]) => [
      swap,
      own.map(({ date, values }) =>
        [date, values['actionType'], singleValue(values, 'eventType') ?? '-'].join(' '),
      ),
    ]),
  );
}

beforeAll(async () => {
  for (const name of NAMES) reported.set(name, await runDays(WAYS[name]));
});

describe.each(EXAMPLES)('worked example $number, $title', ({ number, end }: Example) => {
  test.each(NAMES)('told by %s over three days, is reported on each as it was told', (name) => {
    const { lines, theirs } = reported.get(name)!;

    const left = lines.filter(({ told }) => told.example === number);
    expect(listBySwap(left)).toEqual(listBySwap(TOLD.filter(({ example }) => example === number)));
    const known = Object.keys(end).map((swap) => {
      const { state } = theirs[`swap ${utiIn(number, swap)}`] as Extract<SubjectState, { kind: 'swap' }>;
      return [swap, [state.status, singleValue(state.terms, 'notionalAmountLeg1')]];
    });
    expect(Object.fromEntries(known)).toEqual(end);
  });
});

describe('the days of the worked examples', () => {
  test.each(NAMES)(
    'told by %s, have one message for each event, and a repository knows what we do',
    (name) => {
      const { counts, files, lines, ours, theirs } = reported.get(name)!;

      const perDay = DATES.map((date) => TOLD.filter((one) => one.date === date).length);
      expect(counts.map(({ accepted, applied, messages }) => [accepted, applied, messages])).toEqual(
        perDay.map((events) => [events, events, events]),
      );
      expect(lines).toHaveLength(TOLD.length);
      expect(new Set(lines.map(({ place }) => place)).size).toBe(TOLD.length);
      for (const [file, own] of files) {
        const kinds: readonly string[] = file.includes('valuation')
          ? ['VALU']
          : file.includes('collateral')
            ? ['MARU']
            : ['NEWT', 'MODI', 'CORR', 'TERM', 'EROR', 'REVI', 'PRTO'];
        expect(own.filter(({ values }) => !kinds.includes(String(values['actionType'])))).toEqual([]);
      }
      expect(theirs).toEqual(ours);
    },
  );

  test('give the same files by file and by feed, but for the ids of messages', () => {
    const [byFile, byFeed] = NAMES.map((name) => reported.get(name)!) as [Reported, Reported];
    const contentOf = ({ files }: Reported) =>
      new Map([...files].map(([name, lines]) => [name, lines.map(({ fields }) => fields)]));

    expect(contentOf(byFile)).toEqual(contentOf(byFeed));
    expect([...byFile.files.keys()]).toEqual(
      DATES.flatMap((date) =>
        ['collateral', 'transaction-XX', 'valuation'].map(
          (kind) => `cftc-45-${kind}-${date.replaceAll('-', '')}-v1.csv`,
        ),
      ),
    );
    const ids = new Set(byFile.lines.map(({ id }) => id));
    expect(byFeed.lines.filter(({ id }) => ids.has(id))).toEqual([]);
  });
});
