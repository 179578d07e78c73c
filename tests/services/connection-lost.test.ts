import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { openDatabaseWay } from '../support/database-way.ts';
import { useDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const openWay = () => openDatabaseWay(database.url, closing);

test.each(['destroy', 'resetAndDestroy'] as const)(
  'a connection that is lost (%s) in the middle of a transaction fails it, and the next one finds another',
  async (how) => {
    const { sql, cut } = await openWay();
    const failures: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const begun = sql.begin(async (tx) => {
        await tx`create temporary table begun ()`;
        setTimeout(() => cut(how), 50);
        const steps = await Promise.allSettled([tx`select pg_sleep(5)`, tx`select 1`]);
        for (const step of steps) if (step.status === 'rejected') throw step.reason;
      });
      await begun.catch((error: Error & { code?: string }) => failures.push(error.code ?? error.message));
      await sleep(30);
      await until(async () => expect(await sql`select 1 as one`).toEqual([{ one: 1 }]), 10_000);
    }
    expect(failures).toHaveLength(3);
  },
);

test('what is asked of a transaction whose connection is gone fails, and ends nothing else', async () => {
  const { sql, cut } = await openWay();
  const begun = sql.begin(async (tx) => {
    await tx`select 1`;
    cut('destroy');
    await sleep(20);
    await tx`select 1`;
  });
  await expect(begun).rejects.toThrow();
  await until(async () => expect(await sql`select 1 as one`).toEqual([{ one: 1 }]), 10_000);
});
