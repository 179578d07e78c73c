import { expect, it } from '@jest/globals';
import { readMigrations } from '../../db/migrate.ts';
import { useEmptyDatabase } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';

const database = useEmptyDatabase();

it('makes the tables of a database of one’s own, once, whoever races for it', async () => {
  const env = { DATABASE_URL: database.url };
  const names = (await readMigrations()).map(({ name }) => name);

  const racers = await Promise.all([runCommand(['migrate'], env), runCommand(['migrate'], env)]);

  expect(racers.map(({ code }) => code)).toEqual([0, 0]);
  expect(racers.map(({ stdout }) => stdout.trim()).sort()).toEqual([
    `Applied ${names.join(', ')}.`,
    'The tables are up to date.',
  ]);
  const [partitions] = await database.sql<{ count: number }[]>`
    select count(*)::int as count from pg_inherits where inhparent = 'tb_bat_file_hist'::regclass`;
  expect(partitions!.count).toBeGreaterThanOrEqual(4);
});

it('says which database does not answer, and what to look at', async () => {
  const { code, stderr } = await runCommand(['migrate'], { DATABASE_URL: 'postgresql://127.0.0.1:9/tain' });

  expect(code).toBe(2);
  expect(stderr).toMatch(/PostgreSQL at 127\.0\.0\.1:9 cannot be used: .*\nCheck DATABASE_URL/);
  expect(stderr).not.toContain('embedded');
});
