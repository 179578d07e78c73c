import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERA_COLUMNS } from '../support/dissemination-files.ts';
import { badRow, goodRow, HEADER } from '../support/files.ts';
import { LEI } from '../support/good-record.ts';
import { runCommand } from '../support/run-command.ts';

const SAMPLE = 'demo/sample.csv';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tain-preview-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function makeFile(name: string, content: string | Buffer): Promise<string> {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

/** A table folder of its own. */
async function makeTables(
  folder: string,
  files: Record<string, string | Buffer>,
): Promise<Record<string, string>> {
  for (const [name, content] of Object.entries(files)) await makeFile(path.join(folder, name), content);
  return { TAIN_TABLE_DIR: path.join(dir, folder) };
}

describe('tain preview', () => {
  it('shows a newcomer what is published of the sample, what is owed, and what is missing', async () => {
    const { code, stdout } = await runCommand(['preview', SAMPLE]);

    expect(code).toBe(0);
    expect(stdout).toContain('Published. [');
    expect(stdout).toContain('from 2026-11-20T09:30:00Z on [17 CFR 43.3(b) · source]');
    expect(stdout).toContain('load the sizes in force then');
    expect(stdout).toContain('due 2026-11-23 23:59:59 America/New_York (2026-11-24T04:59:59Z)');
    expect(stdout).toContain('in time [17 CFR 45.3(b)(1) · source]');
    expect(stdout).toContain('Built in and not yours: caps until 2024-10-06');
    expect(stdout).toContain('read 5 = accepted 2 + rejected 3');
    expect(stdout).toContain('previewed: published 2 + not published 0 + not known 0');
  });

  it('says it in Korean to a Korean reader', async () => {
    const { stdout } = await runCommand(['preview', SAMPLE], { LANG: 'ko_KR.UTF-8' });

    expect(stdout).toContain('공개됩니다. [');
    expect(stdout).toContain('보고 의무: 생성 데이터: 기한 2026-11-23 23:59:59 America/New_York');
    expect(stdout).not.toMatch(/Published|undefined|null/);
  });

  it('shows one record as JSON, with codes and timestamps', async () => {
    const { code, stdout } = await runCommand(['preview', SAMPLE, '--record', '3', '--json']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      builtInTables: ['caps', 'blocks', 'rates', 'entities'],
      records: [
        {
          record: 3,
          line: 4,
          actionType: 'MODI',
          publication: {
            outcome: 'public',
            assumed: ['interAffiliate', 'swapIsPublic'],
            confidence: 'source',
          },
          dissemination: { kind: 'at-once', from: '2026-11-20T10:30:00Z' },
          amounts: { known: false, gap: 'not-in-force' },
          duties: {
            owed: [{ kind: 'lifecycle', dueAt: '2026-11-24T04:59:59Z', late: false, lateSeconds: 0 }],
          },
        },
      ],
      counts: { read: 5, accepted: 2, rejected: 3 },
      duties: { inTime: 1, late: 0, unknown: 0 },
    });
  });

  it('shows as many records as it is asked for, and counts all', async () => {
    const { stdout } = await runCommand(['preview', SAMPLE, '--limit', '1']);

    expect(stdout.match(/^record /gm)).toHaveLength(1);
    expect(stdout).toContain('… and 1 more records (--limit shows more).');
    expect(stdout).toContain('published 2');
  });

  it('takes our entities, sizes and holidays from the table folder', async () => {
    const env = await makeTables('own', {
      'entities.csv': `lei,role,country,calendar,zone,effectiveFrom\n${LEI},OTHER,KR,XK,Asia/Seoul,2024-01-01\n`,
      'holidays-XK.csv': 'date\n2026-11-23\n',
      'caps.csv': 'assetClass,category,effectiveFrom,size,citation\nIR,*,2024-10-07,1000000,notice of caps\n',
      'blocks.csv':
        'assetClass,category,effectiveFrom,size,citation\nIR,USD,2024-10-07,900000,notice of blocks\n',
      'README.md': 'notes',
    });
    const late = goodRow(1).replace('2026-11-20T14:06:00Z', '2026-11-25T15:00:01Z');
    const file = await makeFile('late.csv', `${HEADER}\n${late}\n`);

    const { stdout } = await runCommand(['preview', file], env);

    expect(stdout).toContain(
      '#31 Notional amount-Leg 1: 1,000,000.50 → 1,000,000+ USD (capped at 1,000,000 USD)',
    );
    expect(stdout).toContain('reaches the block size (900,000 USD) [notice of blocks · source]');
    expect(stdout).toContain('due 2026-11-25 23:59:59 Asia/Seoul (2026-11-25T14:59:59Z)');
    expect(stdout).toContain('late by 0 d 0 h 0 min 2 s');
    expect(stdout).toContain('Built in and not yours: no rates.');
    expect(stdout).toContain('late 1');
  });

  it('says how to become known when none of the parties is ours', async () => {
    const file = await makeFile('strangers.csv', `${HEADER}\n${goodRow(1)}\n`);

    const { code, stdout } = await runCommand(['preview', file]);

    expect(code).toBe(0);
    expect(stdout).toContain('list ours in entities.csv in the folder TAIN_TABLE_DIR');
  });

  it.each([
    ['a rejected record', ['--record', '2'], 'is rejected'],
    ['no such record', ['--record', '6'], 'none of number 6'],
  ])('exits 2 for %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runCommand(['preview', SAMPLE, ...args]);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('exits 2 for a file that is published already, and for one that is not there', async () => {
    const published = await makeFile('public.csv', `${ERA_COLUMNS.C.join(',')}\n`);

    expect(await runCommand(['preview', published, '--json'])).toMatchObject({ code: 2, stdout: '' });
    expect(await runCommand(['preview', path.join(dir, 'none.csv')])).toMatchObject({ code: 2, stdout: '' });
  });

  it('shows nothing of a file without accepted records but its counts', async () => {
    const file = await makeFile('rejected.csv', `${HEADER}\n${badRow(1)}\n`);

    const { code, stdout } = await runCommand(['preview', file, '--json']);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ records: [], counts: { read: 1, accepted: 0 } });
  });
});

describe('a table that cannot be used', () => {
  const CAPS = 'assetClass,category,effectiveFrom,size,citation\n';

  it.each([
    ['a bad row', { 'caps.csv': `${CAPS}IR,*,2024-10-07,5e6,notice\n` }, 'caps.csv has problems (1)'],
    ['a name with a slip', { 'cap.csv': CAPS }, '"cap.csv"'],
    ['text that is no UTF-8', { 'caps.csv': Buffer.from(`${CAPS}IR,\xff`, 'latin1') }, 'not UTF-8'],
    ['no table at all', { 'README.md': 'notes' }, 'no caps.csv'],
  ])('stops the preview: %s', async (name, files, message) => {
    const env = await makeTables(`bad ${name}`, files);

    const { code, stdout, stderr } = await runCommand(['preview', SAMPLE], env);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain('TAIN_TABLE_DIR');
  });

  it('is named with line, column, value and what is right, in both languages', async () => {
    const env = await makeTables('named', { 'caps.csv': `${CAPS}IR,*,2024-10-07,5e6,notice\n` });

    const english = await runCommand(['preview', SAMPLE], env);
    const korean = await runCommand(['preview', SAMPLE], { ...env, LANG: 'ko_KR.UTF-8' });

    expect(english.stderr).toContain('Line 2, column size: "5e6" is not a number that fits here');
    expect(korean.stderr).toContain('2행 size 열: "5e6" 값은');
  });
});
