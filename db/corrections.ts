/** Queries on record_correction: which record was sent to correct which rejected one. */
import type { Sql } from 'postgres';

export type CorrectionOutcome = 'linked' | 'unknown-file' | 'same-file' | 'unknown-record' | 'not-rejected';

export type CorrectionRow = {
  readonly file_id: number;
  readonly record_no: number;
  readonly verdict: 'accepted' | 'rejected';
  readonly folder_date: string;
  readonly sha256: string;
  readonly reference: string;
  readonly outcome: CorrectionOutcome;
  /** Null unless linked. */
  readonly corrected_file_id: number | null;
  readonly corrected_record_no: number | null;
  readonly corrected_folder_date: string | null;
  readonly corrected_sha256: string | null;
};

/**
 * Links the records of a published file to the rejected ones that they name, where those are published too. A text that
 * is no reference links nothing: the record has a warning instead. Safe to repeat: a record is linked once.
 * @returns how many records were linked or found to have nothing to be linked to by this call
 */
export async function linkCorrections(sql: Sql, fileId: number): Promise<number> {
  const inserted = await sql`
    with named as (
      select file.file_id, file.revision, hist.record_no, hist.corrects as reference,
             regexp_match(hist.corrects, '^([0-9]{8})-([0-9a-f]{32})/([1-9][0-9]{0,14})$') as parts
      from tb_bat_file_hist as hist
      join tb_bat_file_mst as file using (folder_date, file_id, revision)
      where file.file_id = ${fileId} and file.state = 'published' and hist.corrects is not null
    ), found as (
      select named.*, target.file_id as target_id, target.revision as target_revision, rejected.verdict,
             case
               when target.file_id is null then 'unknown-file'
               when target.file_id = named.file_id then 'same-file'
               when rejected.record_no is null then 'unknown-record'
               when rejected.verdict <> 'rejected' then 'not-rejected'
               else 'linked'
             end as outcome
      from named
      left join tb_bat_file_mst as target
        on left(target.sha256, 32) = named.parts[2] and to_char(target.folder_date, 'YYYYMMDD') = named.parts[1]
        and target.state = 'published'
      left join tb_bat_file_hist as rejected
        on rejected.folder_date = target.folder_date and rejected.file_id = target.file_id
        and rejected.revision = target.revision and rejected.record_no = named.parts[3]::bigint
      where named.parts is not null
    )
    insert into record_correction
      (file_id, revision, record_no, reference, corrected_file_id, corrected_revision, corrected_record_no, outcome)
    select file_id, revision, record_no, reference,
           case outcome when 'linked' then target_id end,
           case outcome when 'linked' then target_revision end,
           case outcome when 'linked' then parts[3]::bigint end,
           outcome
    from found
    on conflict (file_id, revision, record_no) do nothing`;
  return inserted.count;
}

/** Corrections that records of a file make, and those that were made to them, in one query. */
export async function listCorrections(
  sql: Sql,
  file: { readonly file_id: number; readonly revision: number },
  records: readonly number[],
): Promise<CorrectionRow[]> {
  return sql<CorrectionRow[]>`
    select link.file_id, link.record_no, hist.verdict, file.folder_date, file.sha256, link.reference, link.outcome,
           link.corrected_file_id, link.corrected_record_no,
           corrected.folder_date as corrected_folder_date, corrected.sha256 as corrected_sha256
    from (
      select * from record_correction
      where file_id = ${file.file_id} and revision = ${file.revision} and record_no = any(${records as number[]})
      union
      select * from record_correction
      where corrected_file_id = ${file.file_id} and corrected_revision = ${file.revision}
        and corrected_record_no = any(${records as number[]})
    ) as link
    join tb_bat_file_mst as file on file.file_id = link.file_id and file.revision = link.revision
    join tb_bat_file_hist as hist
      on hist.folder_date = file.folder_date and hist.file_id = file.file_id
      and hist.revision = file.revision and hist.record_no = link.record_no
    left join tb_bat_file_mst as corrected on corrected.file_id = link.corrected_file_id
    order by link.linked_at, link.file_id, link.record_no`;
}
