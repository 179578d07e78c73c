/** A database of its own for a test file, dropped at the end. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { provided, TEMPLATE_DATABASE, withDatabase } from './engines.ts';

export type TestDatabase = { sql: Sql; url: string };

/** A clone of the migrated template. */
export function useDatabase(): TestDatabase {
  return useOwnDatabase(TEMPLATE_DATABASE);
}

/** A database without any table. */
export function useEmptyDatabase(): TestDatabase {
  return useOwnDatabase('template1');
}

function useOwnDatabase(template: string): TestDatabase {
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  const context = {} as TestDatabase;
  let admin: Sql;

  beforeAll(async () => {
    const serverUrl = provided('TAIN_TEST_POSTGRES_URL');
    admin = connectPostgres(serverUrl, 'test admin', 1);
    // Cloning locks the template for a moment: test files wait their turn.
    await admin`select pg_advisory_lock(4711)`;
    await admin`create database ${admin(database)} template ${admin(template)}`;
    await admin`select pg_advisory_unlock(4711)`;
    context.url = withDatabase(serverUrl, database);
    context.sql = connectPostgres(context.url, 'test');
  });

  afterAll(async () => {
    await context.sql.end({ timeout: 5 });
    await admin`drop database ${admin(database)} with (force)`;
    await admin.end();
  });

  return context;
}
