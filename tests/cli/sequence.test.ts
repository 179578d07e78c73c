import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { ROOT_DIR } from '../../platform/config.ts';
import { GOOD_COLUMNS, goodLine } from '../support/good-record.ts';
import { uti } from '../support/swap-events.ts';
import { runCommand, startCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';

const HEADER = `${GOOD_COLUMNS.join(',')},amendmentIndicator,remark`;
const EXECUTED = '2026-03-02T09:00:00Z';

const row = (kind: string, swap: string, at = EXECUTED, amount = '1000', remark = ''): string => {
  const [action = '', event = ''] = kind.split('-');
  const line = goodLine({
    actionType: action,
    eventType: event,
    uniqueTransactionIdentifierUti: swap && uti(swap),
    eventTimestamp: at,
    executionTimestamp: EXECUTED,
    notionalAmountLeg1: amount,
  });
  return `${line},${action === 'MODI' ? 'True' : ''},${remark}`;
};
const LATER = '2026-03-03T09:00:00Z';
const LATEST = '2026-03-04T09:00:00Z';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tain-sequence-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function makeFile(name: string, rows: readonly string[], header = HEADER): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(file, `${[header, ...rows].join('\n')}\n`);
  return file;
}

type Report = {
  counts: { accepted: number };
  sequence: Record<string, number> | string;
  sequenceRecords: {
    record: number;
    line: number;
    outcome: string;
    issues: { ruleId: string; message: string }[];
  }[];
};
const asJson = async (file: string, ...more: string[]): Promise<Report> =>
  JSON.parse((await runCommand(['validate', file, '--json', ...more])).stdout) as Report;

/** Files in a folder that a process has open, and that have no name any more or never had one. */
async function namelessFilesOf(pid: number, folder: string): Promise<string[]> {
  const open = `/proc/${pid}/fd`;
  const files = await Promise.all(
    (await readdir(open)).map((one) => readlink(path.join(open, one)).catch(() => '')),
  );
  return files.filter((file) => file.startsWith(folder) && file.endsWith('(deleted)'));
}

describe('the sequence of the messages in a file', () => {
  it('is judged behind the records, counted by itself, and decides the exit code', async () => {
    const file = await makeFile('broken.csv', [
      row('TERM-ETRM', 'A', LATER),
      row('NEWT-TRAD', 'A'),
      row('TERM-ETRM', 'A', LATEST),
    ]);

    const { code, stdout } = await runCommand(['validate', file]);

    expect(code).toBe(1);
    expect(stdout).toContain('read 3 = accepted 3 + rejected 0');
    expect(stdout).toMatch(/sequence, violated .*broken\.csv record 3 \(line 4\)/);
    expect(stdout).toMatch(
      /#26 Action type: "TERM" does not fit a swap that is terminated.*\[sequence\.action-in-state\]/,
    );
    expect(stdout).toMatch(
      /sequence: applied 2 \+ duplicate 0 \+ conflict 0 \+ pending 0 \+ violated 1 \+ unplaced 0\n$/,
    );
  });

  it('is the same in whatever order the records stand', async () => {
    const rows = [
      row('NEWT-TRAD', 'B'),
      row('MODI-TRAD', 'B', LATER, '900'),
      row('TERM-ETRM', 'B', LATEST, '900'),
    ];

    const reports = await Promise.all(
      [rows, [...rows].reverse()].map(async (list, index) =>
        asJson(await makeFile(`order-${index}.csv`, list)),
      ),
    );

    expect(reports.map(({ sequence }) => sequence)).toEqual([
      expect.objectContaining({ applied: 3, violated: 0 }),
      expect.objectContaining({ applied: 3, violated: 0 }),
    ]);
  });

  it('is pending, and no fault, where the swap may have begun in another file', async () => {
    const file = await makeFile('pending.csv', [row('MODI-TRAD', 'C'), row('TERM-ETRM', 'C', LATER)]);

    expect(await runCommand(['validate', file])).toMatchObject({ code: 0 });
    expect(await asJson(file)).toMatchObject({ sequence: { pending: 2, violated: 0 }, sequenceRecords: [] });
  });

  it('names both places of a duplicate and of a conflict', async () => {
    const file = await makeFile('twice.csv', [
      ...Array.from({ length: 8 }, (_, index) => row('NEWT-TRAD', `X${index}`)),
      row('NEWT-TRAD', 'D'),
      row('NEWT-TRAD', 'D', EXECUTED, '1000.0'),
      row('NEWT-TRAD', 'D', EXECUTED, '3000'),
    ]);

    const { sequenceRecords, sequence } = await asJson(file);

    expect(sequence).toMatchObject({ applied: 9, duplicate: 1, conflict: 1 });
    const messages = sequenceRecords.map(({ line, issues }) => `${line} ${issues[0]!.message}`).join('\n');
    expect(messages).toMatch(/twice\.csv:1[012]/);
    expect(sequenceRecords.map(({ outcome }) => outcome).sort()).toEqual(['conflict', 'duplicate']);
  });

  it('rejects by warnings too under the profile strict', async () => {
    const file = await makeFile('strict.csv', [row('NEWT-TRAD', 'E'), row('NEWT-TRAD', 'E')]);

    const codes = [
      await runCommand(['validate', file]),
      await runCommand(['validate', file, '--profile', 'strict']),
    ];

    expect(codes.map(({ code }) => code)).toEqual([0, 1]);
  });

  it('lists what is violated as CSV, to be mended', async () => {
    const file = await makeFile('mend.csv', [
      row('NEWT-TRAD', 'F'),
      row('MODI-ETRM', 'F', LATER, '900', '"a ""b"""'),
    ]);

    const { code, stdout } = await runCommand(['validate', file, '--csv']);

    const listed = parse<Record<string, string>>(stdout, { columns: true });
    expect(code).toBe(1);
    expect(listed).toHaveLength(1);
    expect(listed[0]).toMatchObject({ actionType: 'MODI', remark: 'a "b"', tainRaw: '' });
    expect(listed[0]!['tainIssues']).toMatch(/"ETRM" is no event of the action MODI/);
  });

  it('looks at accepted records alone', async () => {
    const file = await makeFile('part.csv', [
      row('NEWT-TRAD', 'G'),
      row('NEWT-TRAD', 'G', LATER, 'much'),
      row('NEWT-TRAD', ''),
    ]);

    const { counts, sequence } = await asJson(file);

    expect(sequence).toMatchObject({ applied: 1, unplaced: 0, violated: 0 });
    expect(Object.values(sequence).reduce<number>((sum, count) => sum + Number(count), 0)).toBe(
      counts.accepted,
    );
  });

  it('finds the records of a swap wherever they stand in a large, compressed file', async () => {
    const swaps = Array.from({ length: 3000 }, (_, index) => `S${index}`);
    const rows = [
      ...swaps.map((swap) => row('NEWT-TRAD', swap, EXECUTED, '1000', `${swap}${'é'.repeat(400)}`)),
      ...swaps.map((swap) => row('TERM-ETRM', swap, LATER)),
      row('TERM-ETRM', 'S1234', LATEST),
    ];
    const file = path.join(dir, 'large.csv.gz');
    await writeFile(file, gzipSync(`${[HEADER, ...rows].join('\n')}\n`));

    const { sequence, sequenceRecords } = await asJson(file);

    expect(sequence).toMatchObject({ applied: 6000, pending: 0, violated: 1 });
    expect(sequenceRecords).toMatchObject([{ record: 6001, line: 6002, outcome: 'violated' }]);
  });

  it.each([
    ['asked to be left out', ['--no-sequence'], HEADER, 'not checked, as asked', 'off'],
    [
      'without a column for events',
      [],
      HEADER.replace('eventType', 'whatever'),
      'no column for the event type',
      'columns',
    ],
    [
      'of the public',
      [],
      'Dissemination Identifier,Action type,Unique Product Identifier',
      'name no swaps',
      'format',
    ],
  ])('of a file %s is not checked, and said to be so', async (name, options, header, words, code) => {
    const file = await makeFile(`${name.replaceAll(' ', '-')}.csv`, [], header);

    expect((await runCommand(['validate', file, ...options])).stdout).toContain(words);
    expect((await asJson(file, ...options)).sequence).toBe(code);
  });

  it('cannot be checked without room for the work, and says what to do', async () => {
    const file = await makeFile('no-room.csv', [row('NEWT-TRAD', 'H')]);

    const { code, stderr } = await runCommand(['validate', file], { TMPDIR: path.join(dir, 'nowhere') });

    expect(code).toBe(2);
    expect(stderr).toMatch(/temporary file in .*nowhere.*ENOENT[\s\S]*--no-sequence/);
  });

  it('says so too when the room ends behind the last record', async () => {
    const file = await makeFile('full.csv', [row('NEWT-TRAD', 'K')]);
    const command = [process.execPath, path.join(ROOT_DIR, 'cli', 'main.ts'), 'validate', file, '--json'];

    // No file may grow, so that what was gathered in memory cannot be written.
    const shell = ['-c', 'ulimit -f 0; exec "$0" "$@"', ...command];
    const { status, stdout } = spawnSync('sh', shell, { encoding: 'utf8' });

    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'input.no-work-file' } });
  });

  it('leaves nothing on the disk, also when it is interrupted', async () => {
    const work = path.join(dir, 'work');
    await mkdir(work);
    const rows = Array.from({ length: 100_000 }, (_, index) => row('NEWT-TRAD', `I${index}`));
    const file = await makeFile('interrupted.csv', [row('NEWT-TRAD', 'J', EXECUTED, 'much'), ...rows]);

    const { child, finished, output } = startCommand(['validate', file, '--json'], { TMPDIR: work });
    await until(async () => expect(output()).toContain('"record":1'));
    await until(async () => expect(await namelessFilesOf(child.pid!, work)).toHaveLength(1));
    child.kill('SIGINT');
    await finished;

    expect(await readdir(work)).toEqual([]);
  });
});
