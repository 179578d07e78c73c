import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { withReportWorker } from '../support/report-desk.ts';
import { FIRST_DAY, SECOND_DAY, swapOf, tellReportLedger } from '../support/report-ledger.ts';
import { runCommand } from '../support/run-command.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
let env: Record<string, string>;
let folder: string;

beforeAll(async () => {
  const { sql } = database;
  folder = await mkdtemp(path.join(tmpdir(), 'tain-report-'));
  app = await buildTestApp({ sql, client: temporal.client }, { TAIN_DATA_DIR: data.dataDir });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  // For all commands of these tests: each is a process of its own.
  const token = tokenFor('user', 'tester', 600_000);
  env = { TAIN_API_URL: `http://127.0.0.1:${port}`, TAIN_TOKEN: token, TZ: 'UTC' };
  await tellReportLedger(sql);
});

afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (...words: string[]) =>
  withReportWorker({ database, temporal, data }, () => runCommand(['report', ...words], env));

describe('tain report', () => {
  it('prints the report when it is there', async () => {
    const known = ['--as-of', FIRST_DAY, '--known-at', FIRST_DAY];
    const { code, stdout, stderr } = await run('open-swaps', ...known, '--asset-class', 'IR');
    const [header, ...lines] = stdout.trimEnd().split('\n');

    expect([code, stderr]).toEqual([0, '']);
    expect(header).toMatch(/^swap,assetClass,/);
    expect(lines.map((line) => line.split(',')[0])).toEqual([swapOf('A'), swapOf('C')]);
  });

  it('writes it to a file, whole, and says what it is', async () => {
    const file = path.join(folder, 'activity.csv');
    const { code, stdout } = await run('activity', '--from', FIRST_DAY, '--to', SECOND_DAY, '-o', file);

    expect(code).toBe(0);
    expect(stdout).toMatch(/activity\.csv: Accepted events .*, 9 rows, sha256 [0-9a-f]{64}/);
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(10);
    expect(await readdir(folder)).toEqual(['activity.csv']);
  });

  it('says which field is wrong and exits 2', async () => {
    const { code, stderr } = await run('late', '--from', SECOND_DAY, '--to', FIRST_DAY);

    expect(code).toBe(2);
    expect(stderr).toContain(`body.to: ${FIRST_DAY} is before from, ${SECOND_DAY}`);
  });

  it('without a kind lists what there is, in Korean too', async () => {
    const english = await runCommand(['report'], env);
    const korean = await runCommand(['report'], { ...env, LC_ALL: 'ko_KR.UTF-8' });

    expect(english.stdout).toMatch(
      /^open-swaps +--as-of \[--known-at\] +assetClass, counterparty +Open swaps$/m,
    );
    expect(korean.stdout).toContain('미결제 스왑');
  });
});
