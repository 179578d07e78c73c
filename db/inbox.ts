/** Queries on inbox_sighting: what the last listing of the inbox saw. */
import type { Sql } from 'postgres';

export type Sighting = {
  readonly path: string;
  readonly folder_date: string;
  readonly size_bytes: number;
  readonly mtime_ms: number;
  readonly ctime_ms: number;
  readonly first_seen_at: Date;
  readonly file_id: number | null;
};

export type SeenFile = {
  readonly path: string;
  readonly folderDate: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
};

export async function loadSightings(sql: Sql): Promise<Sighting[]> {
  return sql<Sighting[]>`select * from inbox_sighting`;
}

/** Enters files that are new or have changed; the clock of their standing still starts now. */
export async function recordSightings(sql: Sql, seen: readonly SeenFile[]): Promise<Sighting[]> {
  if (seen.length === 0) return [];
  return sql<Sighting[]>`
    insert into inbox_sighting (path, folder_date, size_bytes, mtime_ms, ctime_ms)
    select * from unnest(
      ${seen.map((file) => file.path)}::text[], ${seen.map((file) => file.folderDate)}::date[],
      ${seen.map((file) => file.sizeBytes)}::bigint[], ${seen.map((file) => file.mtimeMs)}::float8[],
      ${seen.map((file) => file.ctimeMs)}::float8[])
    on conflict (path) do update set
      size_bytes = excluded.size_bytes, mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms,
      first_seen_at = now(), file_id = null
    returning *`;
}

/** Says which file of tb_bat_file_mst a sighting turned out to be. */
export async function linkSighting(sql: Sql, path: string, fileId: number): Promise<void> {
  await sql`update inbox_sighting set file_id = ${fileId} where path = ${path}`;
}

/** Forgets files that are no longer in the inbox. */
export async function forgetSightings(sql: Sql, paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await sql`delete from inbox_sighting where path = any(${paths as string[]})`;
}
