/**
 * The schema that the migrations make, read back from the catalogue of a fresh database. PostgreSQL describes its
 * objects itself (pg_get_*def), so nothing needs pg_dump.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '../db/migrate.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { removeState } from '../platform/embedded/postgres-home.ts';
import { connectPostgres, type Sql } from '../platform/postgres.ts';

export async function renderSchema(): Promise<string> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tain-schema-'));
  const server = await startPostgres({ stateDir, log: path.join(stateDir, 'postgres.log') });
  try {
    const sql = connectPostgres(server.url, 'schema', 1);
    await migrate(sql);
    const schema = await describeSchema(sql);
    await sql.end();
    return schema;
  } finally {
    await server.stop();
    removeState(stateDir);
  }
}

async function describeSchema(sql: Sql): Promise<string> {
  const parts = ['-- What the migrations make. Generated: npm run generate\n'];
  const tables = await sql<{ name: string; oid: number; partition_key: string | null }[]>`
    select relname as name, oid::int, case when relkind = 'p' then pg_get_partkeydef(oid) end as partition_key
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    order by relname`;
  for (const table of tables) {
    const columns = await sql<{ text: string }[]>`
      select format('%I %s%s%s%s', attname, format_type(atttypid, atttypmod),
        case when attnotnull then ' not null' else '' end,
        case when attidentity <> '' then ' generated always as identity' else '' end,
        ' default ' || pg_get_expr(adbin, adrelid)) as text
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = ${table.oid} and attnum > 0 and not attisdropped order by attnum`;
    const constraints = await sql<{ text: string }[]>`
      select format('constraint %I %s', conname, pg_get_constraintdef(oid)) as text
      from pg_constraint where conrelid = ${table.oid} and contype <> 'n' order by conname`;
    const body = [...columns, ...constraints].map(({ text }) => `  ${text}`).join(',\n');
    const partitioned = table.partition_key === null ? '' : ` partition by ${table.partition_key}`;
    parts.push(`create table ${table.name} (\n${body}\n)${partitioned};\n`);
    const indexes = await sql<{ text: string }[]>`
      select pg_get_indexdef(indexrelid) as text from pg_index
      where indrelid = ${table.oid}
        and not exists (select from pg_constraint where conindid = indexrelid and conrelid = indrelid)
      order by indexrelid::regclass::text`;
    const triggers = await sql<{ text: string }[]>`
      select pg_get_triggerdef(oid) as text from pg_trigger
      where tgrelid = ${table.oid} and not tgisinternal order by tgname`;
    for (const { text } of [...indexes, ...triggers]) parts.push(`${text};\n`);
  }
  const functions = await sql<{ text: string }[]>`
    select pg_get_functiondef(oid) as text from pg_proc
    where pronamespace = 'public'::regnamespace order by proname, oid`;
  for (const { text } of functions) parts.push(`${text.trimEnd()};\n`);
  return parts.join('\n');
}
