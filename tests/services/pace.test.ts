import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { copyFile } from '../../activities/file-copy.ts';
import { createBatchPace } from '../../activities/batch-pace.ts';
import { GOVERNOR_POLICY } from '../../domain/governor/policy.ts';
import { trustedPace } from '../../domain/governor/trusted-pace.ts';
import { createPace, UNPACED } from '../../platform/pace.ts';
import { useDatabase } from '../support/database.ts';
import { claimDroppedFile, goodRow, makeFile, useDataDir } from '../support/files.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const data = useDataDir();
const MIB = 1024 ** 2;

/** A pace on a clock that only its waits move. */
function onPaper(read: (now: number) => number | null) {
  let now = 0;
  const pace = createPace({
    read: async () => read(now),
    fallback: 1,
    now: () => now,
    wait: async (ms) => void (now += ms),
  });
  return { pace, now: () => now };
}

describe('a pace', () => {
  it('lets through what it says, whatever the sizes of the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1000, max: 10_000_000 }),
        fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1, maxLength: 30 }),
        async (rate, pieces) => {
          const { pace, now } = onPaper(() => rate);
          let spent = 0;
          for (const piece of pieces) {
            await pace.spend(piece);
            // All before this piece is paid for, and no more than a quarter of a second was saved up.
            expect((now() / 1000 + 0.25) * rate).toBeGreaterThanOrEqual(spent - 1);
            spent += piece;
          }
          await pace.spend(0);
          expect(now() / 1000).toBeLessThanOrEqual(spent / rate + 0.3);
        },
      ),
    );
  });

  it('that ends frees those who wait within a second and a nap', async () => {
    const { pace, now } = onPaper((at) => (at < 5000 ? 1 : null));

    await pace.spend(1_000_000);
    await pace.spend(1_000_000);

    expect(now()).toBeGreaterThanOrEqual(5000);
    expect(now()).toBeLessThanOrEqual(6250);
  });

  it('is read once a second by all who share it, and stands while it cannot be read', async () => {
    let reads = 0;
    const { pace, now } = onPaper(() => {
      reads += 1;
      if (reads > 1) throw new Error('no database');
      return 1000;
    });

    await Promise.all([1, 2, 3].map(() => pace.spend(2000)));
    await pace.spend(0);

    expect(now()).toBeGreaterThanOrEqual(5900);
    expect(reads).toBeLessThanOrEqual(now() / 1000 + 1);
  });

  it('lets go of who is cancelled at once', async () => {
    const tookMs: number[] = [];
    for (let time = 1; time <= 3; time += 1) {
      const pace = createPace({ read: async () => 1, fallback: 1 });
      await pace.spend(1_000_000);
      const abort = new AbortController();
      const waiting = pace.spend(1, abort.signal);
      const began = performance.now();
      abort.abort(new Error('stop'));
      await expect(waiting).rejects.toThrow('stop');
      tookMs.push(performance.now() - began);
    }

    // Less than a nap, once the machine does not nap itself.
    expect(Math.min(...tookMs)).toBeLessThan(200);
  });

  it('takes what the server wrote meanwhile', async () => {
    const { pace, now } = onPaper(() => MIB);
    await database.sql`create table written (text text)`;

    await pace.measure(database.sql, async () => {
      await database.sql`insert into written select repeat(md5(i::text), 8) from generate_series(1, 20000) as i`;
    });
    const before = now();
    await pace.spend(0);

    // 5 MB of rows, and what comes with them.
    expect(now() - before).toBeGreaterThan(4000);
    expect(await UNPACED.measure(database.sql, async () => 7)).toBe(7);
  });

  it('takes once what was written while several ran at once', async () => {
    const write = (rows: number) => async () =>
      void (await database.sql`
        insert into written select repeat(md5(i::text), 8) from generate_series(1, ${rows}) as i`);
    const paid = async (runs: number) => {
      const { pace, now } = onPaper(() => MIB);
      let begun = 0;
      let meet!: () => void;
      const together = new Promise<void>((resolve) => (meet = resolve));
      const run = async () => {
        if ((begun += 1) === runs) meet();
        await together;
        await write(20_000 / runs)();
      };
      await Promise.all(Array.from({ length: runs }, () => pace.measure(database.sql, run)));
      await pace.spend(0);
      return now();
    };

    // What tests beside this one write counts, too: the least of some is what these wrote.
    const leastPaid = async (runs: number): Promise<number> =>
      Math.min(await paid(runs), await paid(runs), await paid(runs));

    expect(await leastPaid(4)).toBeLessThan(1.5 * (await leastPaid(1)));
  });
});

describe('the pace of batch', () => {
  const facts = { batchPace: null, backgroundPace: 5, lookedMs: 0, forced: null };

  it('is what the governor said, while it is there', () => {
    expect(trustedPace(facts, 'batch', GOVERNOR_POLICY)).toBeNull();
    expect(trustedPace({ ...facts, batchPace: 3 }, 'batch', GOVERNOR_POLICY)).toBe(3);
    expect(trustedPace(facts, 'background', GOVERNOR_POLICY)).toBe(5);
  });

  it('is a safe one when the governor has fallen silent, unless an operator released it', () => {
    const silent = { ...facts, lookedMs: 60_000 };

    expect(trustedPace(silent, 'batch', GOVERNOR_POLICY)).toBe(GOVERNOR_POLICY.heldPace);
    expect(trustedPace({ ...silent, batchPace: 3 }, 'batch', GOVERNOR_POLICY)).toBe(3);
    expect(trustedPace({ ...silent, forced: 'release' }, 'batch', GOVERNOR_POLICY)).toBeNull();
  });

  it('is a safe one when the clock was set back since the governor looked', () => {
    expect(trustedPace({ ...facts, lookedMs: -1 }, 'batch', GOVERNOR_POLICY)).toBe(GOVERNOR_POLICY.heldPace);
  });

  it('is none where there has never been a governor', () => {
    expect(trustedPace({ ...facts, lookedMs: null }, 'batch', GOVERNOR_POLICY)).toBeNull();
  });

  it('slows a copy of a file down to what the database says, and frees it when that changes', async () => {
    const content = Buffer.from(makeFile(12_000));
    const location = await data.drop('20261121', 'paced.csv', content);
    const file = await claimDroppedFile(database.sql, location, content);
    const set = (pace: number | null) =>
      database.sql`update governor_state set batch_pace = ${pace}, looked_at = clock_timestamp()`;
    await set(Math.round(content.length / 20));
    const chunks: number[] = [];

    let isDone = false;
    const copying = copyFile({
      sql: database.sql,
      file,
      location,
      chunkBytes: 64 * 1024,
      pace: createBatchPace(database.sql),
      signal: new AbortController().signal,
      onProgress: ({ bytes }) => chunks.push(bytes),
    }).finally(() => (isDone = true));
    await until(async () => expect(chunks.length).toBeGreaterThan(0));
    await sleep(2500);
    const slow = chunks.length;
    expect(isDone).toBe(false);
    // An eighth of 20 s and its beginning.
    expect(chunks.at(-1)! / content.length).toBeLessThan(0.5);
    await set(null);
    await copying;

    expect(slow).toBeGreaterThan(0);
    expect(chunks.at(-1)).toBe(content.length);
    await set(null);
  });

  it('keeps no transaction open for as long as it holds a chunk back', async () => {
    const content = Buffer.from(makeFile(6000));
    const location = await data.drop('20261121', 'held-back.csv', content);
    const file = await claimDroppedFile(database.sql, location, content);
    let chunks = 0;
    await copyFile({
      sql: database.sql,
      file,
      location,
      chunkBytes: content.length,
      pace: { ...UNPACED, spend: async (bytes) => void (bytes > 0 && (await sleep(1500))) },
      signal: new AbortController().signal,
      onProgress: () => (chunks += 1),
    });

    expect(chunks).toBeGreaterThan(1);
  });

  it('is counted in WAL: what a copy is charged is what it writes, to a fifth', async () => {
    const walEnd = async (): Promise<number> => {
      const [end] = await database.sql`select (pg_current_wal_insert_lsn() - '0/0')::float8 as bytes`;
      return end!['bytes'] as number;
    };
    const chargedOf = async (round: number): Promise<number> => {
      const content = Buffer.from(`${makeFile(60_000)}${goodRow(round, 'charged')}\n`);
      const location = await data.drop('20261121', `charged-${round}.csv`, content);
      const file = await claimDroppedFile(database.sql, location, content);
      let charged = 0;
      await database.sql`checkpoint`;
      const before = await walEnd();
      await copyFile({
        sql: database.sql,
        file,
        location,
        chunkBytes: 8 * MIB,
        pace: { ...UNPACED, spend: async (bytes) => void (charged += bytes) },
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
      return charged / ((await walEnd()) - before);
    };
    // What tests beside this one write counts as written, too: one copy that nobody disturbs is enough.
    let ratio = await chargedOf(1);
    for (let round = 2; ratio <= 0.8 && round <= 4; round += 1) ratio = await chargedOf(round);

    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });
});
