import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import postgres from 'postgres';
import { startPostgres, type RunningPostgres } from '../../../platform/embedded/postgres.ts';
import { rootHomes } from '../../../platform/embedded/postgres-home.ts';
import { firstLine, isGone, killHard, runScript, temporaryStateDir } from './children.ts';

const LIMIT_MS = 120_000;

let state: ReturnType<typeof temporaryStateDir>;
let engine: RunningPostgres | undefined;

beforeEach(() => {
  state = temporaryStateDir();
});
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  state.remove();
});

const start = async () =>
  (engine = await startPostgres({ stateDir: state.dir, log: path.join(state.dir, 'pg.log') }));

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await sql.unsafe<Row[]>(text);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

test(
  'acknowledged rows survive a kill -9 of the server',
  async () => {
    const { url, pid, exited } = await start();
    await query(url, 'create table kept as select generate_series(1, 1000) as n');

    process.kill(pid, 'SIGKILL');
    await exited;
    const again = await start();

    expect(await query(again.url, 'select count(*)::int as n from kept')).toEqual([{ n: 1000 }]);
  },
  LIMIT_MS,
);

test(
  'the settings are those of production',
  async () => {
    const { url } = await start();

    const settings = await query<{ name: string; setting: string }>(
      url,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes',
       'listen_addresses', 'unix_socket_directories', 'server_encoding', 'data_checksums') order by name`,
    );

    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      data_checksums: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
      unix_socket_directories: '',
    });
  },
  LIMIT_MS,
);

test(
  'an interrupted initdb is done again',
  async () => {
    const home = rootHomes(state.dir)[0] ?? path.join(state.dir, 'postgres');
    const partial = path.join(home, 'data-12345.partial');
    mkdirSync(partial, { recursive: true });
    writeFileSync(path.join(partial, 'PG_VERSION'), '18\n');

    const { url } = await start();

    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(existsSync(partial)).toBe(false);
  },
  LIMIT_MS,
);

const SUPERVISOR = `
  import { startPostgres } from embedded('postgres.ts');
  const dir = process.env.STATE_DIR;
  const { pid, url } = await startPostgres({ stateDir: dir, log: dir + '/pg.log' });
  console.log(JSON.stringify({ pid, url }));
  setInterval(() => {}, 1000);
`;

test(
  'a second start is refused while the supervisor lives, and stops the orphan once it was killed',
  async () => {
    const supervisor = runScript(
      state.dir,
      'supervisor',
      SUPERVISOR.replace('process.env.STATE_DIR', JSON.stringify(state.dir)),
    );
    const orphan = JSON.parse(await firstLine(supervisor)) as { pid: number; url: string };
    await query(orphan.url, 'create table kept as select 1 as n');

    await expect(start()).rejects.toThrow(`is in use by process ${supervisor.pid}`);
    await killHard(supervisor);
    const next = await start();

    expect(isGone(orphan.pid)).toBe(true);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 1 }]);
  },
  LIMIT_MS,
);

test(
  'a backend that outlives its postmaster does not keep the next server from starting',
  async () => {
    const { url, pid, exited } = await start();
    const busy = query(
      url,
      'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b',
    ).catch(() => 'ended');
    while (
      (
        await query(
          url,
          `select 1 from pg_stat_activity where query like 'select count%' and state = 'active'`,
        )
      ).length === 0
    );

    process.kill(pid, 'SIGKILL');
    await exited;
    const again = await start();

    expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await busy).toBe('ended');
  },
  LIMIT_MS,
);

test(
  'a missing password of an existing database is an error, not a new database',
  async () => {
    await (await start()).stop();
    rmSync(path.join(state.dir, 'postgres-password'));

    await expect(start()).rejects.toThrow('The password of the database');
  },
  LIMIT_MS,
);
