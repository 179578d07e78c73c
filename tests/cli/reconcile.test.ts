import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { listAudit } from '../../db/audit.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { useDatabase } from '../support/database.ts';
import { writeTables } from '../support/desk.ts';
import { feedSource, sourced } from '../support/ledger.ts';
import { reportCsv, reportRow, type ReportRow } from '../support/open-swaps-report.ts';
import { cutMessage } from '../support/outbound-rows.ts';
import { runCommand } from '../support/run-command.ts';
import { eventOf, message, REPORTER, TERMS, uti } from '../support/swap-events.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';

const database = useDatabase();
const SOURCE = feedSource('RECON');
let dir = '';
let env: Record<string, string>;

const OTHER = '5493001KJTIIGC8Y1R12';
const terms = (name: string, amount: string): RecordValues => ({
  ...TERMS,
  counterparty1ReportingCounterparty: REPORTER,
  counterparty2: OTHER,
  executionTimestamp: `2026-03-02T09:00:${String(name.charCodeAt(0) - 55).padStart(2, '0')}Z`,
  notionalAmountLeg1: amount,
  expirationDate: '2031-03-02',
});
const at = (day: number): string => `2026-03-0${day}T12:00:00`;

/** What is reported of each swap. */
const LIVES: Record<string, RecordValues[]> = {
  A: [
    message('NEWT-TRAD', 'A', at(2), terms('A', '1000')),
    message('MODI-TRAD', 'A', at(3), { ...terms('A', '900.5'), amendmentIndicator: 'True' }),
  ],
  B: [message('NEWT-TRAD', 'B', at(2), terms('B', '2000'))],
  C: [message('NEWT-TRAD', 'C', at(2), terms('C', '3000')), message('TERM-ETRM', 'C', at(4))],
  D: [
    message('NEWT-TRAD', 'D', at(2), {
      ...terms('D', '1'),
      counterparty1ReportingCounterparty: OTHER,
      counterparty2: REPORTER,
    }),
  ],
};
const rowOf = (name: string, events = LIVES[name]!): ReportRow =>
  reportRow(events.map((one) => eventOf(one)));

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tain-reconcile-'));
  const records = Object.values(LIVES).flat();
  const events = records.map((values, position) => sourced(values, SOURCE, position + 1));
  await applyInBatches(database.sql, events, SOURCE);
  env = {
    DATABASE_URL: database.url,
    TAIN_TABLE_DIR: await writeTables(path.join(dir, 'tables')),
    TZ: 'UTC',
  };
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function reconcile(rows: readonly ReportRow[], ...args: string[]) {
  const file = path.join(dir, 'open.csv');
  await writeFile(file, reportCsv(rows));
  return runCommand(['reconcile', file, ...args], env);
}

describe('tain reconcile', () => {
  it('agrees with a report that says what the ledger holds, in any order', async () => {
    const { code, stdout, stderr } = await reconcile([rowOf('B'), rowOf('A')]);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /2 swaps reported, 2 expected, 2 compared, 2 of them agree in every field; 0 errors\.\n$/,
    );
  });

  it('names every error with swap, line, element and both values, and what to send', async () => {
    const rows = [{ ...rowOf('A'), notionalAmountLeg1: '901' }, rowOf('C', [LIVES['C']![0]!])];

    const { code, stdout } = await reconcile(rows);

    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`^invalid value +${uti('A')} +2 +#31 Notional amount +900.5 +901$`, 'm'),
    );
    expect(stdout).toMatch(new RegExp(`^open but should be closed +${uti('C')} +3 +terminated +open$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^unreported swap +${uti('B')} +open$`, 'm'));
    expect(stdout).toContain('send CORR with the right value');
    expect(stdout).toMatch(/3 errors\.\n$/);
  });

  it('gives all of it as CSV, with codes for the kinds', async () => {
    const { code, stdout } = await reconcile([rowOf('A')], '--csv');

    expect(code).toBe(1);
    expect(parse(stdout, { columns: true })).toEqual([
      {
        ...{ error: 'unreported-swap', swap: uti('B'), line: '', element: '', name: '', slot: '' },
        ...{ ours: 'open', theirs: '' },
      },
    ]);
    expect((await reconcile([rowOf('A'), rowOf('B')], '--csv')).stdout).toBe(
      'error,swap,line,element,name,slot,ours,theirs\n',
    );
  });

  it('asks for what was acknowledged, where anything was', async () => {
    const source = 'desk@RECON';
    await cutMessage(database.sql, {
      ...{ key: uti('A'), source, position: 1, action: 'NEWT', state: 'acknowledged' },
      ...{ date: '2026-03-03', reportedAt: '2026-03-03T22:00:00Z' },
    });
    await cutMessage(database.sql, {
      ...{ key: uti('A'), source, position: 2, action: 'MODI', state: 'sent', ordinal: 2 },
      ...{ date: '2026-03-04', reportedAt: '2026-03-04T22:00:00Z' },
    });
    const asAcknowledged = rowOf('A', [LIVES['A']![0]!]);

    expect(await reconcile([asAcknowledged, rowOf('B')])).toMatchObject({ code: 0 });
    expect((await reconcile([rowOf('A'), rowOf('B')])).stdout).toContain('1000');
    expect((await reconcile([rowOf('B')])).stdout).toContain('closed but should be open');
    await database.sql`delete from outbound_message`;
  });

  it('of a day before leaves out what was reported later', async () => {
    const before = [rowOf('A', [LIVES['A']![0]!]), rowOf('B'), rowOf('C', [LIVES['C']![0]!])];
    expect(await reconcile(before, '--on', '2026-03-02')).toMatchObject({ code: 0 });
    expect(await reconcile(before)).toMatchObject({ code: 1 });
  });

  it('records who verified what, once per report, and only what was read whole', async () => {
    const rows = [rowOf('A'), rowOf('B')];
    const done = await reconcile(rows, '--on', '2026-03-09', '--record');
    await reconcile(rows, '--on', '2026-03-09', '--record');

    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(`open swaps of ${REPORTER}`) });
    const entries = await listAudit(database.sql, { action: 'swaps.verified', timeZone: 'UTC', limit: 10 });
    expect(entries).toMatchObject([
      { subject: REPORTER, after: { date: '2026-03-09', report: 'open.csv', compared: 2, breaks: 0 } },
    ]);

    const nameless = await reconcile(
      [rowOf('A'), { ...rowOf('B'), uniqueTransactionIdentifierUti: '' }],
      '--record',
    );
    expect(nameless).toMatchObject({ code: 2, stderr: expect.stringContaining('line 3') });
    expect(nameless.stderr).toContain('nothing was recorded');
  });

  it('speaks Korean', async () => {
    const file = path.join(dir, 'korean.csv');
    await writeFile(file, reportCsv([rowOf('A')]));
    const { stdout } = await runCommand(['reconcile', file], { ...env, LANG: 'ko_KR.UTF-8' });
    expect(stdout).toContain('보고되지 않은 스왑');
    expect(stdout).toContain('NEWT를 보내십시오');
  });

  it('refuses what is no report, and whom nobody knows', async () => {
    const file = path.join(dir, 'public.csv');
    await writeFile(
      file,
      'Dissemination Identifier,Action type,Unique Product Identifier\n1,NEWT,QZ8C74WSCNR8\n',
    );
    expect(await runCommand(['reconcile', file], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('public dissemination'),
    });
    expect(await runCommand(['reconcile', path.join(dir, 'none.csv')], env)).toMatchObject({ code: 2 });
    expect(await reconcile([rowOf('A')], '--entity', OTHER)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(OTHER),
    });
  });
});
