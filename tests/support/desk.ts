/** Something of everything that needs a person, as the tables would have it. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileIdOf } from '../../db/file-audit.ts';
import type { Sql } from '../../platform/postgres.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { badRow, goodRow, HEADER, type useDataDir } from './files.ts';
import { feedSource, sourced } from './ledger.ts';
import { cutMessage, openDay, startDelivery, writeOutbox } from './outbound-rows.ts';
import { publishDropped } from './published.ts';
import { message, REPORTER, TERMS, uti } from './swap-events.ts';

export const DATE = '2026-03-16';
const SOURCE = feedSource('DESK');
const NAME = 'desk@DESK';

/** A folder of tables in which the reporter of the tests is ours. */
export async function writeTables(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'entities.csv'),
    `lei,role,country,calendar,zone,effectiveFrom\n${REPORTER},SD,US,US,America/New_York,2020-01-01\n`,
  );
  return folder;
}

const ofUs = { ...TERMS, counterparty1ReportingCounterparty: REPORTER };

export type Trouble = {
  readonly fileId: string;
  readonly refused: string;
  readonly held: string;
  readonly sent: string;
  readonly acknowledged: string;
  readonly outbox: string;
};

/** Makes the trouble: of each kind one. */
export async function makeTrouble(sql: Sql, data: ReturnType<typeof useDataDir>): Promise<Trouble> {
  const text = [HEADER, goodRow(1), badRow(2), badRow(3)].join('\n');
  const { file } = await publishDropped(sql, data, 'broken.csv', `${text}\n`);
  // Of these days, whenever the test runs.
  await sql`update tb_bat_file_mst set finished_at = now() where file_id = ${file.file_id}`;
  const records = [
    message('NEWT-TRAD', 'A', '2026-03-02T12:00:00', ofUs),
    message('MODI-TRAD', 'A', '2026-03-03T12:00:00', { ...ofUs, notionalAmountLeg1: '900' }),
    message('MODI-TRAD', 'A', '2026-03-03T12:00:00', { ...ofUs, notionalAmountLeg1: '800' }),
    message('TERM-ETRM', 'WAITS', '2026-03-03T12:00:00'),
    message('NEWT-TRAD', 'B', '2026-03-02T12:00:00', ofUs),
  ];
  const events = records.map((values, at) => sourced(values, SOURCE, at + 1));
  await applyInBatches(sql, events, SOURCE);
  await sql`update event_outcome set decided_at = now() - interval '3 days' where outcome = 'pending'`;
  const of = (position: number, action: string) => ({
    key: uti('A'),
    source: NAME,
    position,
    action,
    date: DATE,
  });
  const due = { dueAt: '2026-03-18T03:59:59Z', obligation: '17 CFR 45.3(b)(1)' };
  const refused = await cutMessage(sql, {
    ...{ ...of(1, 'NEWT'), ...due, state: 'refused', answeredAt: '2026-03-17T01:00:00Z' },
    issues: [{ ruleId: 'theirs.first' }],
  });
  const held = await cutMessage(sql, { ...of(2, 'MODI'), state: 'held', heldBy: refused, ordinal: 2 });
  const sent = await cutMessage(sql, {
    ...{ ...of(5, 'NEWT'), ...due, state: 'sent', sentAt: '2026-03-16T23:30:00Z', ordinal: 1 },
  });
  const acknowledged = await cutMessage(sql, { ...of(3, 'MODI'), ...due, state: 'acknowledged', ordinal: 3 });
  await openDay(sql, '2026-03-17', 'incomplete');
  await sql`
    insert into cftc_day_input (business_date, name, kind, expected, due_at, state)
    values ('2026-03-17', 'trades', 'file', 'trades-*.csv', '2026-03-17T21:30:00Z', 'waiting')`;
  const outbox = await writeOutbox(
    { sql, dataDir: data.dataDir },
    { date: DATE, lines: [`${refused},NEWT`] },
  );
  await sql`update outbox_file set written_at = now() - interval '1 day'`;
  await startDelivery(sql, { date: DATE, file: outbox });
  await sql`
    insert into feed_gap (feed, session, from_sequence, to_sequence) values ('desk', 'DESK', 7, 10)`;
  return { fileId: fileIdOf(file), refused, held, sent, acknowledged, outbox };
}
