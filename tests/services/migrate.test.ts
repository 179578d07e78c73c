import { describe, expect, it } from '@jest/globals';
import { migrate, readMigrations } from '../../db/migrate.ts';
import { ensurePartition, ensurePartitionsAhead } from '../../db/partitions.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { useEmptyDatabase } from '../support/database.ts';

describe('migrations', () => {
  const database = useEmptyDatabase();

  it('are applied once when two runners race', async () => {
    const others = [connectPostgres(database.url, 'racer', 1), connectPostgres(database.url, 'racer', 1)];

    const applied = await Promise.all(others.map((sql) => migrate(sql)));

    const names = (await readMigrations()).map(({ name }) => name);
    expect(applied.flat()).toEqual(names);
    expect(await migrate(database.sql)).toEqual([]);
    await Promise.all(others.map((sql) => sql.end()));
  });

  it('stop when an applied file was edited afterwards', async () => {
    const [first, ...rest] = await readMigrations();

    await expect(
      migrate(database.sql, [{ ...first!, sql: `${first!.sql}\n-- edited` }, ...rest]),
    ).rejects.toThrow(/was edited after it had been applied/);
  });

  it('leave nothing behind of a file that fails', async () => {
    const broken = {
      version: 9999,
      name: '9999_broken.sql',
      sql: 'create table half (a int); select nonsense;',
    };

    await expect(migrate(database.sql, [...(await readMigrations()), broken])).rejects.toThrow(/nonsense/);

    const [left] = await database.sql`select to_regclass('half') as half`;
    expect(left!['half']).toBeNull();
  });
});

describe('partitions', () => {
  const database = useEmptyDatabase();

  it('are made once when several callers race, for any month', async () => {
    await migrate(database.sql);

    await Promise.all([1, 2, 3, 4].map(() => ensurePartition(database.sql, '2019-02-28')));
    const ahead = await ensurePartitionsAhead(database.sql, 2);

    const rows = await database.sql<{ name: string }[]>`
      select inhrelid::regclass::text as name from pg_inherits
      where inhparent in ('tb_bat_file_hist'::regclass, 'gpu_usage_metrics'::regclass) order by 1`;
    // This month and two more, of both tables.
    expect(ahead).toHaveLength(6);
    expect(rows.map(({ name }) => name)).toEqual([...ahead, 'tb_bat_file_hist_201902'].sort());
  });
});
