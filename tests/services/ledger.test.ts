import { beforeEach, describe, expect, test } from '@jest/globals';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { countOutcomes, listOutcomes } from '../../db/ledger-outcomes.ts';
import { applyEvents, type ApplyResult } from '../../db/ledger.ts';
import type { EventSource } from '../../domain/swaps/event-source.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { EXAMPLES } from '../domain/swaps/lifecycle-examples.ts';
import { useDatabase } from '../support/database.ts';
import {
  at,
  clearLedger,
  feedSource,
  fileSource,
  foldInMemory,
  readLedger,
  sourced,
} from '../support/ledger.ts';
import { day, message, TERMS, uti } from '../support/swap-events.ts';

const database = useDatabase();
const FILE = fileSource('a');
const OTHER = fileSource('b');
const FEED = feedSource('20261121');

beforeEach(() => clearLedger(database.sql));

const apply = (source: EventSource, ...records: (readonly [number, RecordValues])[]): Promise<ApplyResult> =>
  database.sql.begin((tx) =>
    applyEvents(
      tx,
      records.map(([position, values]) => sourced(values, source, position)),
      source,
    ),
  );

const NEW = message('NEWT-TRAD', 'A', day(2), TERMS);
const CHANGED = message('MODI-TRAD', 'A', day(3), {
  ...TERMS,
  amendmentIndicator: 'True',
  notionalAmountLeg1: '900',
});
const ENDED = message('TERM-ETRM', 'A', day(5));

const statusOf = async (swap: string): Promise<string | undefined> => {
  const [row] = await database.sql<{ status: string }[]>`
    select status from tb_on_mst where subject_key = ${uti(swap)}`;
  return row?.status;
};

describe.each(EXAMPLES)('worked example $number, $title', (example) => {
  test('ends in the ledger as the specification says', async () => {
    const events = example.messages.map(({ values }, index) => sourced(values, FILE, index + 1));

    for (const event of events) await applyInBatches(database.sql, [event], FILE);

    expect(await readLedger(database.sql)).toEqual(foldInMemory([{ source: FILE, events }]));
    // The daily messages of the last examples come to swaps that were reported before.
    if (example.number >= 14) return;
    for (const [swap, [status]] of Object.entries(example.end)) expect(await statusOf(swap)).toBe(status);
    expect(await countOutcomes(database.sql, FILE)).toMatchObject({
      accepted: events.length,
      applied: events.length,
    });
  });
});

describe('an event', () => {
  test('that comes again from another source is a duplicate, and names the first', async () => {
    await apply(FILE, [1, NEW]);
    const again = await apply(FEED, [7, { ...NEW, notionalAmountLeg1: '1000.00' }]);

    // The shorter place comes first, whichever arrived first: the file's event is judged again.
    expect(again.outcomes).toMatchObject({ applied: 1, duplicate: 0 });
    expect(again).toMatchObject({ revised: 1, refolded: 1 });
    expect(await listOutcomes(database.sql, FEED)).toMatchObject([{ outcome: 'applied', issues: null }]);
    expect(await listOutcomes(database.sql, FILE)).toMatchObject([
      {
        revision: 2,
        outcome: 'duplicate',
        issues: [{ ruleId: 'sequence.duplicate', params: { first: at(FEED, 7) } }],
      },
    ]);
  });

  test('that contradicts another is a conflict: both are kept, each with its place', async () => {
    await apply(FILE, [1, NEW]);
    await apply(OTHER, [9, { ...NEW, notionalAmountLeg1: '2000' }]);

    const outcomes = [await listOutcomes(database.sql, FILE), await listOutcomes(database.sql, OTHER)];
    const kinds = outcomes.map((rows) => rows[0]!.outcome);
    const loser = kinds.indexOf('conflict');
    const winner = loser === 0 ? at(OTHER, 9) : at(FILE, 1);

    expect([...kinds].sort()).toEqual(['applied', 'conflict']);
    expect(outcomes[loser]).toMatchObject([
      { position: loser === 0 ? 1 : 9, issues: [{ ruleId: 'sequence.conflict', params: { first: winner } }] },
    ]);
    expect((await readLedger(database.sql)).holders).toEqual([winner]);
    expect(await database.sql`select from tb_on_hist`).toHaveLength(2);
  });

  test('from the same place is known: a retry changes nothing', async () => {
    await apply(FILE, [1, NEW], [2, CHANGED]);
    const before = await readLedger(database.sql);
    const again = await apply(FILE, [2, CHANGED], [1, NEW], [1, NEW]);

    expect(again).toEqual({
      outcomes: { applied: 0, duplicate: 0, conflict: 0, pending: 0, violated: 0 },
      known: 3,
      reused: [],
      revised: 0,
      refolded: 0,
    });
    expect(await readLedger(database.sql)).toEqual(before);
  });

  test('of other content at a known place is named and not written, also within one call', async () => {
    await apply(FEED, [1, NEW]);
    const again = await apply(FEED, [1, CHANGED], [2, ENDED], [2, CHANGED]);

    expect(again.reused).toEqual([1, 2]);
    expect(await countOutcomes(database.sql, FEED)).toMatchObject({ accepted: 2, applied: 2 });
    expect(await statusOf('A')).toBe('terminated');
  });

  test('of a swap nobody knows is pending until the message that begins it comes', async () => {
    const early = await apply(FEED, [1, CHANGED]);
    expect(early.outcomes.pending).toBe(1);
    expect(await statusOf('A')).toBe('none');

    const late = await apply(FILE, [1, NEW]);

    expect(late).toMatchObject({ revised: 1, refolded: 1, outcomes: { applied: 1 } });
    expect(await listOutcomes(database.sql, FEED)).toMatchObject([{ revision: 2, outcome: 'applied' }]);
    expect(await statusOf('A')).toBe('open');
    expect(
      await database.sql`
      select event_outcome.revision, outcome from event_outcome join ledger_source using (source_id)
      where feed is not null order by 1`,
    ).toEqual([
      { revision: 1, outcome: 'pending' },
      { revision: 2, outcome: 'applied' },
    ]);
  });

  test('that breaks a rule of sequence is violated, with the rule and what it says', async () => {
    await apply(FILE, [1, NEW], [2, { ...NEW, eventTimestamp: `${day(4)}Z` }]);

    expect(await listOutcomes(database.sql, FILE)).toMatchObject([
      { outcome: 'applied', issues: null },
      {
        outcome: 'violated',
        issues: [{ ruleId: 'sequence.new-known', severity: 'error', params: { state: 'open' } }],
      },
    ]);
    expect(await countOutcomes(database.sql, FILE)).toEqual({
      accepted: 2,
      applied: 1,
      duplicate: 0,
      conflict: 0,
      pending: 0,
      violated: 1,
    });
  });

  test('that is late leaves alone the outcomes that it does not change', async () => {
    await apply(FILE, [1, NEW], [2, ENDED]);
    const late = await apply(OTHER, [1, CHANGED]);

    expect(late).toMatchObject({ revised: 0, refolded: 2 });
    const revisions = await database.sql`select distinct revision from event_outcome`;
    expect(revisions).toEqual([{ revision: 1 }]);
  });
});

describe('the history', () => {
  test('is append only', async () => {
    await apply(FILE, [1, NEW]);

    await expect(database.sql`update tb_on_hist set position = 2`).rejects.toThrow('append only');
  });

  test.each([
    ['NUL', 'A\0B'],
    ['half a character', 'A\ud800B'],
    ['another half', 'A\ud801B'],
    ['more characters than an index takes', 'A'.repeat(5000)],
    ['the mark of hashed keys', '!A'],
    ['letters of another script', '한국'],
  ])('takes a swap whose identifier contains %s, and what else it says', async (_, key) => {
    const odd = { ...NEW, uniqueTransactionIdentifierUti: key, jurisdiction: ['\0', '\udfff', '\u001f'] };
    await apply(FILE, [1, odd]);
    await apply(FILE, [2, { ...odd, actionType: key.slice(0, 3) }]);
    await apply(FILE, [3, { ...odd, eventTimestamp: `${day(1)}Z` }]);

    const events = [odd, { ...odd, actionType: key.slice(0, 3) }, { ...odd, eventTimestamp: `${day(1)}Z` }];
    expect(await readLedger(database.sql)).toEqual(
      foldInMemory([
        { source: FILE, events: events.map((values, index) => sourced(values, FILE, index + 1)) },
      ]),
    );
  });

  test('does not mix up swaps whose identifiers cannot be stored as they are', async () => {
    const keys = ['A\ud800', 'A\ud801', 'A\ufffd', '!A', '!!A'];
    await apply(
      FILE,
      ...keys.map((key, index) => [index + 1, { ...NEW, uniqueTransactionIdentifierUti: key }] as const),
    );

    expect(await database.sql`select from tb_on_mst`).toHaveLength(keys.length);
  });
});
