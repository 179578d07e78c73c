/** Queries on record_correction: which record was sent to correct which rejected one. */
import type { Sql, TransactionSql } from 'postgres';
import { BY_FILE_INGEST } from '../contracts/audit.ts';
import type { Difference } from '../contracts/verification.ts';
import { auditFile, fileIdOf } from './file-audit.ts';
import type { FileRow } from './files.ts';

export type CorrectionOutcome = 'linked' | 'unknown-file' | 'same-file' | 'unknown-record' | 'not-rejected';

/** A condition on `record`, a row of tb_bat_file_hist that was rejected: an accepted record has taken its place. */
export const isMended = (sql: Sql | TransactionSql) => sql`exists (
  select from record_correction as link
  join tb_bat_file_mst as mending on mending.file_id = link.file_id
  join tb_bat_file_hist as mended on mended.folder_date = mending.folder_date
    and mended.file_id = link.file_id and mended.revision = link.revision and mended.record_no = link.record_no
  where link.corrected_file_id = record.file_id and link.corrected_revision = record.revision
    and link.corrected_record_no = record.record_no and mended.verdict = 'accepted')`;

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

/** What a published file's records name and what is found of it now, as the tables `named` and `found`. */
const findNamed = (tx: TransactionSql, fileId: number) => tx`
    with named as materialized (
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
      -- One look at the index per record: as a plain join, and before the tables are analyzed, every record of the other
      -- file would be compared with every one that is named.
      left join lateral (
        select record_no, verdict from tb_bat_file_hist as hist
        where hist.folder_date = target.folder_date and hist.file_id = target.file_id
          and hist.revision = target.revision and hist.record_no = named.parts[3]::bigint
        limit 1
      ) as rejected on true
      where named.parts is not null
    )`;

/**
 * Links the records of a published file to the rejected ones that they name, where those are published too, and notes
 * it. A text that is no reference links nothing: the record has a warning instead. Safe to repeat: a record is linked
 * once.
 * @returns how many records were linked or found to have nothing to be linked to by this call
 */
export async function linkCorrections(sql: Sql, fileId: number): Promise<number> {
  return sql.begin(async (tx) => {
    const inserted = await tx`
    ${findNamed(tx, fileId)}
    insert into record_correction
      (file_id, revision, record_no, reference, corrected_file_id, corrected_revision, corrected_record_no, outcome)
    select file_id, revision, record_no, reference,
           case outcome when 'linked' then target_id end,
           case outcome when 'linked' then target_revision end,
           case outcome when 'linked' then parts[3]::bigint end,
           outcome
    from found
    on conflict (file_id, revision, record_no) do nothing`;
    if (inserted.count === 0) return 0;
    const [file] = await tx<FileRow[]>`select * from tb_bat_file_mst where file_id = ${fileId}`;
    await auditFile(tx, BY_FILE_INGEST, 'file.linked', file!, { after: await measureLinks(tx, fileId) });
    return inserted.count;
  });
}

type Links = { readonly records: number; readonly sha256: string };

/** The stored links of a file: how many, and a hash over all of them. */
async function measureLinks(tx: TransactionSql, fileId: number): Promise<Links> {
  const [links] = await tx<[Links]>`
    select count(*) as records,
           encode(sha256(convert_to(coalesce(string_agg(
             concat_ws(' ', revision, record_no, reference, outcome, corrected_file_id, corrected_revision, corrected_record_no),
             E'\\n' order by revision, record_no), ''), 'UTF8')), 'hex') as sha256
    from record_correction where file_id = ${fileId}`;
  return links;
}

type LinkRow = {
  readonly record: number;
  readonly expected: string | null;
  readonly actual: string | null;
};

/**
 * Compares the stored links of a file with what its records name, and with what the audit log says of them. A file
 * that was unknown when it was named may have come since: that alone is no difference.
 */
export async function compareLinks(tx: TransactionSql, file: FileRow): Promise<Difference[]> {
  const [noted] = await tx<{ after: Links }[]>`
    select after from audit_log
    where subject = ${fileIdOf(file)} and action = 'file.linked' order by seq desc limit 1`;
  const links = await measureLinks(tx, file.file_id);
  // Between its publication and its linking a file has no links, and no entry either.
  if (!noted && links.records === 0) return [];
  const rows = await tx<LinkRow[]>`
    ${findNamed(tx, file.file_id)}
    select coalesce(found.record_no, link.record_no) as record,
           case when found.record_no is not null then concat_ws(' ', found.outcome, found.reference,
             case found.outcome when 'linked' then format('(file_id %s, record %s)', target_id, parts[3]) end) end as expected,
           case when link.record_no is not null then concat_ws(' ', link.outcome, link.reference,
             case link.outcome when 'linked' then format('(file_id %s, record %s)', corrected_file_id, corrected_record_no) end) end as actual
    from found
    full join (select * from record_correction where file_id = ${file.file_id}) as link
      on link.revision = found.revision and link.record_no = found.record_no
    where found.record_no is null or link.record_no is null or link.reference <> found.reference
      or (link.outcome <> 'unknown-file' and (
        link.outcome <> found.outcome
        or (link.outcome = 'linked' and (link.corrected_file_id, link.corrected_revision, link.corrected_record_no)
          is distinct from (found.target_id, found.target_revision, found.parts[3]::bigint))))
    order by 1`;
  const named = rows.map(({ record, expected, actual }): Difference => ({
    kind: 'link',
    record,
    line: null,
    bytes: null,
    expected,
    actual,
  }));
  if (named.length > 0 || noted?.after.sha256 === links.sha256) return named;
  return [{ kind: 'link', record: null, line: null, bytes: null, expected: null, actual: null }];
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
