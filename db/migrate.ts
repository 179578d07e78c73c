/**
 * Forward-only migrations: db/migrations/0001_*.sql in order, each in one transaction, under one advisory lock, so
 * that runners may race. An applied file that was edited afterwards stops everything.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sql, TransactionSql } from 'postgres';

const MIGRATIONS_DIR = path.join(import.meta.dirname, 'migrations');
const FILE_NAME = /^(\d{4})_[a-z0-9-]+\.sql$/;
/** Key of the advisory lock; any number that nobody else uses. */
const LOCK_KEY = 7_241_961;
const MIN_SERVER_VERSION = 170_000;
/** Made by `migrateWithin` itself. */
const MIGRATION_TABLE = 'schema_migration';

export type Migration = { readonly version: number; readonly name: string; readonly sql: string };

export async function readMigrations(dir: string = MIGRATIONS_DIR): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const match = FILE_NAME.exec(name);
      if (!match) throw new Error(`Migration ${name} is not named like 0001_what-it-does.sql.`);
      return { version: Number(match[1]), name, sql: await readFile(path.join(dir, name), 'utf8') };
    }),
  );
}

/**
 * Brings the schema up to date.
 * @returns names of the migrations applied by this call; empty when there was nothing to do
 * @throws Error when the server is older than PostgreSQL 17 or an applied migration was edited
 */
export async function migrate(sql: Sql, migrations?: readonly Migration[]): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations());
  return sql.begin((tx) => migrateWithin(tx, wanted));
}

/** The same within a transaction of the caller's. */
export async function migrateWithin(tx: TransactionSql, wanted: readonly Migration[]): Promise<string[]> {
  const [server] = await tx<
    { version: number }[]
  >`select current_setting('server_version_num')::int as version`;
  if (server!.version < MIN_SERVER_VERSION) {
    throw new Error(`Tain needs PostgreSQL 17 or later; this server is ${server!.version}.`);
  }
  await tx`select pg_advisory_xact_lock(${LOCK_KEY})`;
  await tx`
    create table if not exists schema_migration (
      version integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`;
  const applied = await tx<{ version: number; name: string; checksum: string }[]>`
    select version, name, checksum from schema_migration`;
  const byVersion = new Map(applied.map((row) => [row.version, row]));
  const done: string[] = [];
  for (const migration of wanted) {
    const checksum = checksumOf(migration);
    const known = byVersion.get(migration.version);
    if (known) {
      if (known.checksum === checksum) continue;
      throw new Error(
        `Migration ${migration.name} was edited after it had been applied. Restore it and put the change into a new file.`,
      );
    }
    await tx.unsafe(migration.sql).simple();
    await tx`
      insert into schema_migration (version, name, checksum)
      values (${migration.version}, ${migration.name}, ${checksum})`;
    done.push(migration.name);
  }
  return done;
}

/** What an applied migration is known by, in hex. */
export const checksumOf = ({ sql }: Migration): string => createHash('sha256').update(sql).digest('hex');

const MADE_TABLE = /create table (?:if not exists )?([a-z_0-9]+)/g;

/** Names of the tables that migrations make; what else a database holds is somebody else's. */
export const tablesOf = (migrations: readonly Migration[]): ReadonlySet<string> =>
  new Set([
    MIGRATION_TABLE,
    ...migrations.flatMap(({ sql }) => Array.from(sql.matchAll(MADE_TABLE), ([, name]) => name!)),
  ]);
