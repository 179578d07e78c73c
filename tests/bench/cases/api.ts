/**
 * The busiest read route against bare fastify. Ours: GET /v1/files of a whole running Tain, with a token, all plugins
 * and the log as they are by default; only the rate limit is out of the way. Theirs: a fastify process with one route
 * that makes the same query with as many connections and answers the same JSON. Both on the same server, in turns.
 */
import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import autocannon from 'autocannon';
import { statFields } from '../../../platform/embedded/proc-stat.ts';
import { API_POOL_SIZE, connectPostgres, type Sql } from '../../../platform/postgres.ts';
import { createTain } from '../../support/running-tain.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 0.8;
const FILES = 500;
const PAGE = 50;
const CONNECTIONS = 16;
const WARM_SECONDS = 3;
const TURN_SECONDS = 1;
const TURNS = 6;

export async function benchApi({ rounds, say }: BenchRequest): Promise<BenchResult> {
  const tain = await createTain({ TAIN_RATE_LIMIT: '100000000' });
  try {
    const instance = await tain.up();
    const sql = connectPostgres(instance.databaseUrl!, 'bench', 1);
    await fillFiles(sql);
    await sql.end();
    const token = (await tain.run('token', '--role', 'viewer')).stdout.trim();
    const bare = fork(path.join(import.meta.dirname, '..', 'bare-api.ts'), [
      instance.databaseUrl!,
      String(API_POOL_SIZE),
    ]);
    const bareUrl = await new Promise<string>((resolve, reject) => {
      bare.once('message', (message) => resolve(message as string));
      bare.once('exit', () => reject(new Error('The bare server did not start.')));
    });
    try {
      const target = `/v1/files?limit=${PAGE}`;
      const headers = { authorization: `Bearer ${token}` };
      await expectSameAnswer(`${instance.apiUrl}${target}`, `${bareUrl}${target}`, headers);
      const ours = (seconds: number) => fire(`${instance.apiUrl}${target}`, seconds, headers);
      const theirs = (seconds: number) => fire(`${bareUrl}${target}`, seconds, headers);
      // Both are compiled and warm before anything counts.
      await ours(WARM_SECONDS);
      await theirs(WARM_SECONDS);
      const oursPid = instance.processes.find(({ name }) => name === 'api')!.pid;
      const [oursCpu, theirsCpu] = [await startCpuClock(oursPid), await startCpuClock(bare.pid!)];
      const [oursPerSecond, theirsPerSecond]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round += 1) {
        const [one, other]: [number[], number[]] = [[], []];
        // Short turns: a machine that gets slower for a while then slows both sides.
        for (let turn = 0; turn < TURNS; turn += 1) {
          one.push(await ours(TURN_SECONDS));
          other.push(await theirs(TURN_SECONDS));
        }
        oursPerSecond.push(mean(one));
        theirsPerSecond.push(mean(other));
        say(`round ${round + 1}: ours ${oursPerSecond.at(-1)}/s, bare fastify ${theirsPerSecond.at(-1)}/s`);
      }
      return {
        ratio: Math.round((mean(oursPerSecond) / mean(theirsPerSecond)) * 1000) / 1000,
        target: TARGET,
        better: 'higher',
        figures: {
          files: FILES,
          page: PAGE,
          connections: CONNECTIONS,
          oursPerSecond,
          theirsPerSecond,
          // Says the same on a machine that others use as well, where requests a second tell mostly of them.
          oursCpuMicrosPerRequest: await oursCpu(mean(oursPerSecond) * rounds * TURNS * TURN_SECONDS),
          theirsCpuMicrosPerRequest: await theirsCpu(mean(theirsPerSecond) * rounds * TURNS * TURN_SECONDS),
        },
      };
    } finally {
      bare.disconnect();
    }
  } finally {
    await tain.dispose();
  }
}

/** Files that are done: nothing works on them while we measure. */
async function fillFiles(sql: Sql): Promise<void> {
  await sql`
    insert into tb_bat_file_mst
      (folder_date, sha256, file_name, path, size_bytes, content_bytes, state, format, rule_set_version,
       next_offset, read_count, accepted_count, rejected_count, started_at, finished_at)
    select '2026-11-21', encode(sha256(number::text::bytea), 'hex'), 'bench-' || number || '.csv',
           '20261121/rec/bench-' || number || '.csv', 59000000, 59000000, 'published', 'submission', '3.2',
           59000000, 100000, 98000, 2000, now(), now()
    from generate_series(1, ${FILES}) as number`;
}

async function expectSameAnswer(
  ours: string,
  theirs: string,
  headers: Record<string, string>,
): Promise<void> {
  const [one, other] = await Promise.all(
    [ours, theirs].map(async (url) => (await fetch(url, { headers })).text()),
  );
  if (one !== other) throw new Error(`The two sides do not answer the same: ${one} | ${other}`);
}

/** Requests a second that were answered well. */
async function fire(url: string, seconds: number, headers: Record<string, string>): Promise<number> {
  const result = await autocannon({ url, headers, connections: CONNECTIONS, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers were no success, ${result.errors} failed.`);
  return Math.round(result['2xx'] / result.duration);
}

/** Microseconds of CPU that a process takes per request from now on; 0 where there is no /proc. */
async function startCpuClock(pid: number): Promise<(requests: number) => Promise<number>> {
  const ticks = async (): Promise<number> => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // utime and stime are fields 14 and 15, in hundredths of a second.
    const [user, system] = statFields(stat).slice(11, 13);
    return Number(user ?? 0) + Number(system ?? 0);
  };
  const before = await ticks();
  return async (requests) => Math.round((((await ticks()) - before) * 10_000) / requests);
}

const mean = (values: readonly number[]): number =>
  Math.round(values.reduce((total, value) => total + value, 0) / values.length);
