/**
 * The scratch schema of a replay: tables of its own for all that is made, and views of all that is read. It is the whole
 * search path of whoever works in it, so that a table which was forgotten here is an error and never one of the ledger's.
 */
import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';

const PREFIX = 'tain_replay_';
/** Key of the locks by which a replay is known to be alive; any number that nobody else uses. */
const LOCK_KEY = 7_241_963;

/** What a replay makes. Beside each stands what is stored, as `stored_…`. */
const MADE = [
  ...['ledger_source', 'tb_on_hist', 'event_key', 'event_outcome', 'tb_on_mst'],
  ...['cftc_day', 'cftc_day_version', 'cftc_carried', 'outbound_message', 'outbox_file'],
];
/** What it is made of: raw records, and facts that are set once. */
const READ = [
  ...['tb_bat_file_mst', 'tb_bat_file_hist', 'feed_journal', 'feed_basis', 'feed_status'],
  ...['cftc_cut_file', 'cftc_cut_feed', 'register_set', 'register_part'],
];

export type ReplaySchema = {
  readonly name: string;
  /** Drops it. Safe to repeat. */
  drop(): Promise<void>;
};

/**
 * Makes a scratch schema, unlogged: a crash of the server empties it, which ends the replay. While it is used, a lock of
 * the session says so.
 */
export async function createReplaySchema(sql: Sql): Promise<ReplaySchema> {
  const name = `${PREFIX}${randomUUID().replaceAll('-', '')}`;
  const connection = await sql.reserve();
  let isDropped = false;
  const drop = async (): Promise<void> => {
    if (isDropped) return;
    isDropped = true;
    try {
      await sql`drop schema if exists ${sql(name)} cascade`;
      await connection`select pg_advisory_unlock(${LOCK_KEY}, hashtext(${name}))`;
    } finally {
      connection.release();
    }
  };
  try {
    await connection`select pg_advisory_lock(${LOCK_KEY}, hashtext(${name}))`;
    await sql.begin(async (tx) => {
      const [{ home }] = await tx<[{ home: string }]>`select current_schema() as home`;
      await tx`create schema ${tx(name)}`;
      for (const table of MADE) {
        await tx`create unlogged table ${tx(`${name}.${table}`)} (like ${tx(`${home}.${table}`)} including all)`;
        await tx`create view ${tx(`${name}.stored_${table}`)} as select * from ${tx(`${home}.${table}`)}`;
      }
      for (const table of READ)
        await tx`create view ${tx(`${name}.${table}`)} as select * from ${tx(`${home}.${table}`)}`;
    });
  } catch (error) {
    await drop().catch(() => undefined);
    throw error;
  }
  return { name, drop };
}

/** Drops the schemas of replays that were killed. Safe beside replays that run. @returns their names */
export async function dropDeadReplays(sql: Sql): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of await listReplays(sql)) {
    const isDead = await sql.begin(async (tx) => {
      const [{ free }] = await tx<[{ free: boolean }]>`
        select pg_try_advisory_xact_lock(${LOCK_KEY}, hashtext(${name})) as free`;
      if (free) await tx`drop schema if exists ${tx(name)} cascade`;
      return free;
    });
    if (isDead) dropped.push(name);
  }
  return dropped;
}

/** Lets the planner know how much there is by now: nobody else looks at tables that are this young. */
export const analyzeReplay = (sql: Sql) =>
  sql`analyze ledger_source, tb_on_hist, event_outcome, cftc_carried, outbound_message`;

/** The names of all replays' schemas, alive or not. */
export async function listReplays(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select nspname as name from pg_namespace where starts_with(nspname, ${PREFIX}) order by 1`;
  return rows.map(({ name }) => name);
}
