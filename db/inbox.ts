/** Queries on inbox_sighting and inbox_unreadable: what the last listing of the inbox saw. */
import type { Sql } from 'postgres';
import { removeRecords, type FileRow } from './files.ts';

export type SeenFile = {
  readonly path: string;
  readonly folderDate: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
};

export type Sighting = SeenFile & {
  /** How long it has been seen like this, by the database's clock alone. */
  readonly stoodStillMs: number;
  /** File of tb_bat_file_mst that it turned out to be; null: not taken yet. */
  readonly fileId: number | null;
  /** The marker that it was taken with. */
  readonly marker: string | null;
};

const COLUMNS = (sql: Sql) => sql`
  path, folder_date as "folderDate", size_bytes as "sizeBytes", mtime_ms as "mtimeMs", ctime_ms as "ctimeMs",
  (extract(epoch from clock_timestamp() - first_seen_at) * 1000)::float8 as "stoodStillMs",
  file_id as "fileId", marker`;

export async function loadSightings(sql: Sql): Promise<Sighting[]> {
  return sql<Sighting[]>`select ${COLUMNS(sql)} from inbox_sighting`;
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
      folder_date = excluded.folder_date, size_bytes = excluded.size_bytes,
      mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms,
      first_seen_at = now(), file_id = null, marker = null
    returning ${COLUMNS(sql)}`;
}

/** Notes the markers of files that were judged without them or by others, and stay what they are. */
export async function noteMarkers(
  sql: Sql,
  seen: readonly { readonly path: string; readonly marker: string | null }[],
): Promise<void> {
  if (seen.length === 0) return;
  await sql`
    update inbox_sighting as sighting set marker = noted.marker
    from unnest(${seen.map((file) => file.path)}::text[], ${seen.map((file) => file.marker)}::text[]) as noted (path, marker)
    where sighting.path = noted.path`;
}

/** Forgets files that are no longer in the inbox. */
export async function forgetSightings(sql: Sql, paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await sql`delete from inbox_sighting where path = any(${paths as string[]})`;
}

export type Unreadable = { readonly place: string; readonly reason: string };

/** Replaces the list of what cannot be read. */
export async function recordUnreadable(sql: Sql, unreadable: readonly Unreadable[]): Promise<void> {
  const places = unreadable.map(({ place }) => place);
  await sql.begin(async (tx) => {
    await tx`delete from inbox_unreadable where place <> all(${places})`;
    await tx`
      insert into inbox_unreadable (place, reason)
      select * from unnest(${places}::text[], ${unreadable.map(({ reason }) => reason)}::text[])
      on conflict (place) do update set reason = excluded.reason`;
  });
}

/** What cannot be read, the newest first: at most `limit` of them, and how many there are. */
export async function listUnreadable(sql: Sql, limit: number) {
  const rows = await sql<(Unreadable & { total: number })[]>`
    select place, reason, count(*) over () as total from inbox_unreadable order by seen_at desc, place limit ${limit}`;
  return {
    total: rows[0]?.total ?? 0,
    places: rows.map(({ place, reason }): Unreadable => ({ place, reason })),
  };
}

/**
 * Turns an open file to another of its names in the inbox, if the same bytes were seen under one, and begins it anew.
 * The lost name is no longer counted as one of the file's, so that this comes to an end.
 * @param lost path at which the file could not be read
 * @returns false when no other name is known
 */
export async function turnToOtherName(sql: Sql, fileId: number, lost: string): Promise<boolean> {
  return sql.begin(async (tx) => {
    const [file] = await tx<FileRow[]>`
      select * from tb_bat_file_mst where file_id = ${fileId} and state = 'ingesting' for update`;
    if (!file) return false;
    await tx`update inbox_sighting set file_id = null, marker = null where path = ${lost} and file_id = ${fileId}`;
    const [other] =
      file.path === lost
        ? await tx<{ path: string }[]>`
            select path from inbox_sighting where file_id = ${fileId} order by first_seen_at desc, path limit 1`
        : [file];
    if (!other) return false;
    await removeRecords(tx, file);
    await tx`
      update tb_bat_file_mst set
        path = ${other.path}, epoch = epoch + 1, format = null,
        next_offset = 0, next_line = 1, read_count = 0, accepted_count = 0, rejected_count = 0
      where file_id = ${fileId}`;
    return true;
  });
}
