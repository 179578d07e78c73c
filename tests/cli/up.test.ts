import { createServer } from 'node:net';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FeedDetail } from '../../contracts/feeds.schema.ts';
import { checkManifest } from '../../demo/check-manifest.ts';
import { isAlive } from '../../platform/embedded/process.ts';
import { readInstance } from '../../platform/embedded/instance.ts';
import { removeState } from '../../platform/embedded/postgres-home.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { badRow, HEADER, goodRow } from '../support/files.ts';
import { runCommand, startCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';

/** A start, a demonstration day and a stop on a busy machine. */
const START_TIMEOUT_MS = 300_000;

let home = '';
let env: Record<string, string> = {};
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tain-up-'));
  env = { TAIN_STATE_DIR: path.join(home, 'state'), TAIN_DATA_DIR: path.join(home, 'data') };
});
afterAll(async () => {
  await runCommand(['down'], env);
  removeState(stateDir());
  await rm(home, { recursive: true, force: true });
});

const stateDir = (): string => env['TAIN_STATE_DIR']!;

async function startUp(...args: string[]) {
  const running = startCommand(['up', ...args], env);
  const instance = await until(async () => {
    const found = await readInstance(stateDir());
    if (running.child.exitCode !== null) return null;
    if (!found?.apiUrl) throw new Error(`not up yet:\n${running.output()}`);
    return found;
  }, START_TIMEOUT_MS);
  if (!instance) throw new Error(`it ended with ${running.child.exitCode}:\n${running.output()}`);
  return { running, instance };
}

describe('tain up', () => {
  it(
    'shows the demonstration day with a rejected record and its reason, and leaves nothing running',
    async () => {
      const { code, stdout } = await runCommand(['up', '--once', '--demo-rows', '2000'], env);

      expect(stdout).toMatch(/Resource monitor: http:\/\/127\.0\.0\.1:\d+\/status/);
      expect(stdout).toMatch(/read 2,000 = accepted [\d,]+ \+ rejected \d+/);
      expect(stdout).toMatch(/rejected {2}record \d+ \(line \d+, bytes \d+–\d+\)/);
      expect(stdout).toMatch(/#\d+ .*;/);
      expect(stdout).toMatch(/The demonstration feed[^]*\d+ messages = accepted \d+ \+ rejected \d+/);
      expect(stdout).toMatch(/connected, lag \d+.*, p99 [\d.]+ ms, \d+\/s, no gaps/);
      expect(code).toBe(0);
      expect(await readInstance(stateDir())).toBeNull();
    },
    START_TIMEOUT_MS,
  );

  it(
    'resumes at a second start: the same day, not loaded twice; verdicts equal the manifest; the feed goes on',
    async () => {
      const { running, instance } = await startUp('--demo-rows', '2000');
      await until(async () => {
        if (!running.output().includes('Look around')) throw new Error(running.output());
      }, START_TIMEOUT_MS);

      const { stdout: token } = await runCommand(['token', '--role', 'viewer'], env);
      const get = async <Body>(url: string): Promise<Body> => {
        const response = await fetch(`${instance.apiUrl}${url}`, {
          headers: { authorization: `Bearer ${token.trim()}` },
        });
        return (await response.json()) as Body;
      };
      const { files } = await get<{ files: { id: string; name: string }[] }>('/v1/files');
      expect(files).toHaveLength(1);
      const { records } = await get<{
        records: { record: number; line: number; verdict: 'accepted'; issues: [] }[];
      }>(`/v1/files/${files[0]!.id}/records?limit=1000`);
      const { records: rest } = await get<{ records: typeof records }>(
        `/v1/files/${files[0]!.id}/records?limit=1000&after=1000`,
      );
      const manifest = await readFile(
        path.join(stateDir(), 'demo', `${files[0]!.name}.manifest.ndjson`),
        'utf8',
      );
      const comparison = await checkManifest([...records, ...rest], manifest.trimEnd().split('\n'));
      expect(comparison).toMatchObject({ records: 2000, differing: 0 });

      const status = await runCommand(['status'], env);
      expect(status.stdout).toMatch(/feed tain-demo +connected +lag \d+.* p99 [\d.]+ ms/);
      const monitor = /Resource monitor: (http:\S+)/.exec(running.output())![1]!;
      expect(await (await fetch(monitor)).json()).toMatchObject({
        ...{ cpu: expect.any(Number) as unknown, memory: expect.any(Number) as unknown },
        ...{ available: expect.any(Boolean) as unknown, reasons: expect.any(Array) as unknown },
      });
      const readFeed = () => get<FeedDetail>('/v1/feeds/tain-demo');
      const before = await readFeed();
      const server = instance.processes.find(({ name }) => name === 'demo-feed');
      process.kill(server!.pid, 'SIGKILL');
      await until(async () => {
        const feed = await readFeed();
        expect(feed).toMatchObject({ session: before.session, state: 'connected', problem: null });
        expect(feed.journalled).toBeGreaterThan(before.journalled + 20);
      }, 60_000);
      expect(await readFeed()).toMatchObject({ gaps: { open: 0 }, altered: 0 });

      const second = await runCommand(['up'], env);
      expect(second.code).toBe(2);
      expect(second.stderr).toMatch(/already running here \(process \d+\)/);

      running.child.kill('SIGINT');
      expect((await running.finished).code).toBe(0);
      expect(instance.processes.filter(isAlive)).toEqual([]);
    },
    START_TIMEOUT_MS,
  );

  it(
    'takes the demonstration day out again and keeps it away from files of one’s own',
    async () => {
      const { running, instance } = await startUp('--no-demo');
      const own = path.join(home, 'own.csv');
      await writeFile(own, `${HEADER}\n${goodRow(1)}\n`);

      const cleared = await runCommand(['demo', 'clear'], env);
      const sql = connectPostgres(instance.databaseUrl!, 'test', 1);
      const left = await sql`
        select 'event' from tb_on_hist union all select 'swap' from tb_on_mst union all select 'key' from event_key
        union all select 'message' from feed_journal`;
      await sql.end();
      const ingested = await runCommand(['ingest', own], env);
      const unread = await runCommand(['feed'], env);
      const status = await runCommand(['status'], { ...env, TZ: 'Asia/Seoul' });
      const empty = path.join(home, 'empty.csv');
      await writeFile(empty, '');
      const refused = await runCommand(['ingest', empty], { ...env, LANG: 'ko_KR.UTF-8' });
      const bad = path.join(home, 'bad.csv');
      await writeFile(bad, `${HEADER},tainRecord\n${badRow(1)},\n${goodRow(2)},x/1\n`);
      const missing = path.join(home, 'missing.csv');
      const several = await runCommand(['ingest', bad, empty, home, missing, own], env);
      const id = /\d{8}-[0-9a-f]{32}/.exec(several.stdout)?.[0] ?? '';
      const list = await runCommand(['rejections', id], env);
      const kept = path.join(home, 'mend.csv');
      const written = await runCommand(['rejections', id, '--output', kept], env);
      const unknown = await runCommand(['rejections', `20200101-${'0'.repeat(32)}`], env);
      running.child.kill('SIGTERM');
      await running.finished;
      const again = await runCommand(['up', '--once'], env);

      expect(cleared.stdout).toMatch(/Removed .*demo-\d{8}\.csv/);
      expect(cleared.stdout).toContain('feed tain-demo');
      expect([...left]).toEqual([]);
      expect(unread.stdout).toMatch(/tain-demo +removed +lag unknown/);
      expect(ingested).toMatchObject({ code: 0 });
      expect(ingested.stdout).toContain('read 1 = accepted 1 + rejected 0');
      expect(status.stdout).toMatch(
        /own\.csv +published.* received \d{4}-\d\d-\d\d \d\d:\d\d:\d\d Asia\/Seoul/,
      );
      expect(refused.stderr).toContain('empty.csv 파일에 내용이 없습니다.');
      expect(several.code).toBe(2);
      expect(several.stdout).toMatch(/bad\.csv \(.* rejected 1;[^]*own\.csv \(.* rejected 0;/);
      expect(several.stdout).toMatch(
        /Of the accepted records, 1 has a warning[^]*record\.correction-reference/,
      );
      expect(several.stdout).toContain(`./tain rejections ${id}`);
      expect(several.stderr).toMatch(/empty\.csv[^]*is no regular file[^]*There is no file .*missing\.csv/);
      expect(list).toMatchObject({ code: 0, stderr: '' });
      expect(list.stdout).toMatch(new RegExp(`,tainRecord,tainIssues,tainRaw\n.*,${id}/1,`));
      expect(written).toMatchObject({ code: 0, stdout: '' });
      expect(await readFile(kept, 'utf8')).toBe(list.stdout);
      expect([unknown.code, unknown.stdout]).toEqual([2, '']);
      expect(unknown.stderr).toContain('There is no file');
      expect(again.code).toBe(0);
      expect(again.stdout).toContain('files of your own are here (2)');
      const folders = (await readdir(env['TAIN_DATA_DIR']!)).filter((name) => /^\d{8}$/.test(name));
      const names = await Promise.all(
        folders.map((folder) => readdir(path.join(env['TAIN_DATA_DIR']!, folder, 'rec'))),
      );
      expect(names.flat().toSorted()).toEqual(['bad.csv', 'own.csv']);
    },
    START_TIMEOUT_MS,
  );

  it(
    'goes on after everything was killed at once',
    async () => {
      const { instance } = await startUp('--no-demo');
      for (const { pid } of [instance, ...instance.processes]) process.kill(pid, 'SIGKILL');
      const late = path.join(env['TAIN_DATA_DIR']!, '20260105', 'rec', 'late.csv');
      await mkdir(path.dirname(late), { recursive: true });
      await copyFile(path.join(home, 'own.csv'), late);

      const { running } = await startUp('--no-demo');
      await until(async () => {
        const { stdout } = await runCommand(['status'], env);
        if (!/late\.csv +published/.test(stdout)) throw new Error(stdout);
      }, 60_000);
      const down = await runCommand(['down'], env);

      expect(down.stdout).toContain('Stopped.');
      expect((await running.finished).code).toBe(0);
    },
    START_TIMEOUT_MS,
  );

  it(
    'stops in order at Ctrl-C in the middle of a start, and leaves nothing running',
    async () => {
      const running = startCommand(['up', '--no-demo'], env);
      const begun = await until(async () => {
        const found = await readInstance(stateDir());
        if (!found || found.processes.length < 2) throw new Error(`not begun yet:\n${running.output()}`);
        return found;
      }, START_TIMEOUT_MS);

      running.child.kill('SIGINT');

      expect((await running.finished).code).toBe(0);
      expect(begun.processes.filter(isAlive)).toEqual([]);
      expect(await readInstance(stateDir())).toBeNull();
    },
    START_TIMEOUT_MS,
  );

  it(
    'names a busy port and its setting in one sentence',
    async () => {
      const server = createServer();
      const port = await new Promise<number>((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
      });

      const { code, stderr } = await runCommand(['up', '--once'], {
        ...env,
        TAIN_POSTGRES_PORT: String(port),
      });
      server.close();

      expect(code).toBe(2);
      expect(stderr).toContain(`Port ${port}, set by TAIN_POSTGRES_PORT, is in use`);
      expect(stderr).not.toContain('    at ');
    },
    START_TIMEOUT_MS,
  );
});
