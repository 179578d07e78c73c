import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { connectTemporal } from '../../platform/temporal.ts';
import { parseConfig } from '../../platform/config.ts';
import { startPostgres } from '../../platform/embedded/postgres.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { useBackupFolder } from '../support/backups.ts';
import { useDatabase, useEmptyDatabase } from '../support/database.ts';
import { makeFile, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { runCommand, startCommand } from '../support/run-command.ts';
import { createTain, type RunningTain } from '../support/running-tain.ts';
import { until } from '../support/until.ts';

/** Two starts, a demonstration day and a restore on a busy machine. */
const TWO_STARTS_MS = 600_000;
const DEMO_ROWS = '500';

const folder = useBackupFolder();

describe('tain backup and tain restore', () => {
  let tain: RunningTain;
  beforeAll(async () => {
    tain = await createTain();
  });
  afterAll(() => tain.dispose());

  it(
    'bring a day back after everything was destroyed: it is proven as before, and what was open goes on',
    async () => {
      const demo = await tain.run('up', '--once', '--demo-rows', DEMO_ROWS);
      expect([demo.code, demo.stderr]).toEqual([0, '']);
      const date = /CFTC day (\d{4}-\d{2}-\d{2}): closed/.exec(demo.stdout)![1]!;
      // While Tain stands still, so that nothing is added to what is proven; its database alone runs.
      const log = path.join(tain.stateDir, 'logs', 'postgres.log');
      const server = await startPostgres({ stateDir: tain.stateDir, log });
      const before = await runCommand(['verify', date], { ...tain.env, DATABASE_URL: server.url });
      expect(before.code).toBe(0);
      const sql = connectPostgres(server.url, 'test', 1);
      // A day that its workflow has not brought to an end.
      await sql`insert into cftc_day (business_date, state, opened_by) values ('2026-03-16', 'open', 'test')`;
      await sql.end();
      await server.stop();

      const made = await tain.run('backup', '--to', folder.path('whole'));
      expect([made.code, made.stderr]).toEqual([0, '']);
      expect(made.stdout).toMatch(/ {2}tb_on_hist: [\d,]+ rows\n/);
      expect(made.stdout).toMatch(/Backup \S+: [\d,]+ rows of \d+ tables and \d+ files, [\d,]+ bytes, in /);
      for (const place of [tain.stateDir, tain.dataDir]) await rm(place, { recursive: true });

      const restored = await tain.run('restore', '--from', folder.path('whole'));
      expect([restored.code, restored.stderr]).toEqual([0, '']);
      expect(restored.stdout).toMatch(
        /Restored backup \S+ of \S+: [\d,]+ rows of \d+ tables and \d+ files\./,
      );
      expect(restored.stdout).toMatch(/Under way then: 0 files, 1 days, /);
      const again = await tain.run('restore', '--from', folder.path('whole'));
      expect([again.code, again.stderr]).toEqual([
        2,
        expect.stringMatching(/It has the tables allocation_history, /),
      ]);

      const { temporalAddress } = await tain.up();
      const proofOf = (text: string): string => text.replace(/audit log: [\d,]+ rows, head .*/, '');
      const after = await tain.run('verify', date);
      expect([after.code, proofOf(after.stdout)]).toEqual([0, proofOf(before.stdout)]);
      expect((await tain.run('day', 'status', date)).stdout).toContain('closed');
      const client = await connectTemporal(parseConfig({ TEMPORAL_ADDRESS: temporalAddress! }));
      const day = client.workflow.getHandle(LIFECYCLES.cftcDay.workflowId('2026-03-16'));
      await until(async () => {
        const { status } = await day.describe();
        if (status.name !== 'RUNNING') throw new Error(status.name);
      }, TWO_STARTS_MS);
      await client.connection.close();
    },
    TWO_STARTS_MS,
  );

  it('says what is wrong in the language of the reader, and what to do', async () => {
    const none = await tain.run('restore', '--from', folder.path('nothing'));
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('Tain is already running here');

    const missing = await runCommand(['restore', '--from', folder.path('nothing')], {
      ...{
        DATABASE_URL: empty.url,
        TAIN_STATE_DIR: folder.path('state'),
        TAIN_DATA_DIR: folder.path('data'),
      },
      LC_ALL: 'ko_KR.UTF-8',
    });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('manifest.json이 없습니다');

    const nowhere = await runCommand(['backup', '--to', folder.path('x')], {
      TAIN_STATE_DIR: folder.path('state'),
    });
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('There is no database in')]);
    const noTables = await runCommand(['backup', '--to', folder.path('x')], { DATABASE_URL: empty.url });
    expect([noTables.code, noTables.stderr]).toEqual([2, expect.stringContaining('has no tables')]);
    const away = await runCommand(['restore', '--from', folder.path('x')], {
      ...{ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', TAIN_STATE_DIR: folder.path('state') },
    });
    expect([away.code, away.stderr]).toEqual([2, expect.stringContaining('cannot be reached')]);
  });
});

const empty = useEmptyDatabase();

describe('tain backup that is killed', () => {
  const database = useDatabase();
  const data = useDataDir();
  const env = () => ({
    DATABASE_URL: database.url,
    TAIN_DATA_DIR: data.dataDir,
    TAIN_STATE_DIR: folder.path('state'),
  });
  const named = async (): Promise<string[]> =>
    (await readdir(folder.path())).filter((name) => name.startsWith('killed'));

  it.each([
    [
      'by kill -9: nothing is taken for a backup, and the next makes one',
      'SIGKILL',
      ['killed.lock', 'killed.unfinished'],
    ],
    ['by Ctrl-C: nothing is left', 'SIGINT', []],
  ] as const)('%s', async (_name, signal, left) => {
    await publishDropped(database.sql, data, `${signal}.csv`, makeFile(20, signal.length));
    // It waits for this table, with others written.
    const held = await database.sql.reserve();
    await held`begin`;
    await held`lock table tb_on_hist`;
    const running = startCommand(['backup', '--to', folder.path('killed')], env());
    await until(async () => {
      if (!existsSync(`${folder.path('killed')}.unfinished`)) throw new Error(running.output());
    });
    running.child.kill(signal);
    await held`rollback`;
    held.release();
    const { code } = await running.finished;
    expect(code).not.toBe(0);
    expect((await named()).sort()).toEqual(left);

    const next = await runCommand(['backup', '--to', folder.path('killed')], env());
    expect([next.code, next.stderr]).toEqual([0, '']);
    expect(await named()).toEqual(['killed']);
    await rm(folder.path('killed'), { recursive: true });
  });
});
