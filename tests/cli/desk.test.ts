import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { DATE, makeTrouble, writeTables, type Trouble } from '../support/desk.ts';
import { useDataDir } from '../support/files.ts';
import { runCommand } from '../support/run-command.ts';
import { uti } from '../support/swap-events.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
let trouble: Trouble;
let env: Record<string, string>;

beforeAll(async () => {
  const tables = await writeTables(path.join(data.dataDir, 'tables'));
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_TABLE_DIR: tables, TAIN_RATE_LIMIT: '1000000' },
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  env = { TAIN_API_URL: url, TAIN_TOKEN: tokenFor('operator', 'kim', 600_000), TZ: 'UTC' };
  trouble = await makeTrouble(database.sql, data);
});

afterAll(async () => {
  await app.close();
});

describe('tain trace', () => {
  it('shows the way of a message from its bytes to its answers on one screen', async () => {
    const { code, stdout, stderr } = await runCommand(['trace', trouble.refused], env);

    expect([code, stderr]).toEqual([0, '']);
    const order = ['input', 'verdict', 'event', 'outcome', 'message', 'report line', 'delivery', 'answer'];
    const labels = stdout
      .slice(stdout.indexOf('desk@DESK/1'))
      .split('\n')
      .flatMap((line) => /^ {2}(\S.*?) {2,}/.exec(line)?.[1] ?? [])
      .filter((label, index, all) => all.indexOf(label) === index);
    expect(labels).toEqual(order);
    expect(stdout).toContain(`${trouble.refused}  NEWT, part 45, day 2026-03-16 version 1: refused`);
    expect(stdout).toContain(`send/${trouble.outbox}, line 2`);
    expect(stdout).toContain('to sdr: sending');
    expect(stdout.split('\n').length).toBeLessThan(40);
  });

  it('shows of a refused beginning what the repository knows, what waits, and how late it is', async () => {
    const { stdout } = await runCommand(['trace', uti('A')], env);

    expect(stdout).toMatch(/^ +as reported \(1 acknowledged\) +as now known$/m);
    expect(stdout).toMatch(
      new RegExp(`^${trouble.refused} +NEWT 1 \\(45\\) +REFUSED +.*\\(OVERDUE by \\d+ d \\d+ h\\)`, 'm'),
    );
    expect(stdout).toMatch(
      new RegExp(`^${trouble.held} +MODI 1 \\(45\\) +HELD +no due time +waits for ${trouble.refused}$`, 'm'),
    );
    expect(stdout.indexOf('How it stands')).toBeLessThan(stdout.indexOf('desk@DESK/1'));
  });

  it('shows the records of a file, and says how many it leaves out', async () => {
    const { stdout } = await runCommand(['trace', trouble.fileId, '--limit', '2'], env);
    expect(stdout).toContain('broken.csv');
    expect(stdout).toMatch(/^ {2}verdict +rejected$/m);
    expect(stdout).toContain('1 of 3 records left out');
    expect((await runCommand(['trace', trouble.fileId, '--all'], env)).stdout).not.toContain('left out');
  });

  it('speaks Korean, prints JSON, and says what could be named', async () => {
    const korean = await runCommand(['trace', uti('B')], { ...env, LANG: 'ko_KR.UTF-8' });
    expect(korean.stdout).toContain('보고서 줄');
    const json = JSON.parse((await runCommand(['trace', uti('B'), '--json'], env)).stdout) as {
      total: number;
    };
    expect(json.total).toBe(1);
    expect(await runCommand(['trace', 'NOSUCH'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('GET /v1/swaps'),
    });
  });
});

describe('tain exceptions', () => {
  it('lists what needs a person, with what settles it', async () => {
    const { code, stdout } = await runCommand(['exceptions'], env);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^count +owner +age +deadline +what$/m);
    expect(stdout).toContain('refused:45:theirs.first');
    expect(stdout).toMatch(/\(overdue\)/);
    expect(stdout).toMatch(/causes need a person\.\n$/);
  });

  it('shows what one is made of', async () => {
    const { code, stdout } = await runCommand(['exceptions', 'show', 'refused:45:theirs.first'], env);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^count +deadline +which +about$/m);
    expect(stdout).toContain(`${trouble.refused}  NEWT ${uti('A')} refused`);
    expect((await runCommand(['exceptions', 'show', 'day:2026-03-17'], env)).stdout).toContain('one thing');
  });

  it('takes, notes and resolves one', async () => {
    const key = `gap:desk`;
    expect((await runCommand(['exceptions', 'take', key], env)).stdout).toMatch(/^ +3 +kim /m);
    expect((await runCommand(['exceptions', 'note', key, 'asked the sender'], env)).stdout).toContain(
      'note of kim: asked the sender',
    );
    expect(await runCommand(['exceptions', 'resolve', key, '--reason', 'go away'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('are still there'),
    });
    expect((await runCommand(['exceptions', '--mine'], env)).stdout).toContain(key);
    const conflict = `conflict:swap:${uti('A')}`;
    expect(
      await runCommand(['exceptions', 'resolve', conflict, '--reason', 'the first one holds'], env),
    ).toMatchObject({ code: 0 });
    expect((await runCommand(['exceptions', '--kind', 'conflict'], env)).code).toBe(0);
  });
});

describe('tain obligations', () => {
  it('says what is owed by when and what is in the way', async () => {
    const { code, stdout } = await runCommand(
      ['obligations', '--from', '2026-03-16', '--to', '2026-03-20'],
      env,
    );

    expect(code).toBe(1);
    expect(stdout).toMatch(
      /MISSED .*messages, part 45, 2026-03-16, 17 CFR 45\.3\(b\)\(1\) +2 \/ 3 .*refused it/,
    );
    expect(stdout).toContain('the beginning of the swap is missing');
  });
});

describe('tain day summary', () => {
  it('writes a page that needs no token, for its owner alone', async () => {
    const file = path.join(data.dataDir, 'summary.html');

    const { code, stdout } = await runCommand(['day', 'summary', DATE, '--out', file], env);

    expect([code, stdout]).toEqual([0, `Wrote the summary of ${DATE} to ${file}\n`]);
    const page = await readFile(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('Needs a person:');
    expect(page).not.toMatch(/<script|https?:|token/i);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});
