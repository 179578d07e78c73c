/** Rows of the database as the API shows them, with their words in the language of the answer. */
import { isErrorCode } from '../../contracts/errors.ts';
import type { LedgerCounts } from '../../contracts/file-ingest.ts';
import type { FileView, RecordView } from '../../contracts/files.schema.ts';
import { formatFolderDate } from '../../contracts/folders.ts';
import { formatFileId, LIFECYCLES } from '../../contracts/lifecycles.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { CorrectionRow } from '../../db/corrections.ts';
import { headerOf, type FileRow } from '../../db/files.ts';
import type { RecordRow } from '../../db/records.ts';
import { explainIssue } from '../../domain/cftc/explain-issue.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';

/** @param outcomes of its accepted records, where they were counted */
export function viewFile(file: FileRow, language: Language, outcomes: LedgerCounts | null = null): FileView {
  const folderDate = formatFolderDate(file.folder_date);
  return {
    id: formatFileId(folderDate, file.sha256),
    folderDate: file.folder_date,
    name: file.file_name,
    sha256: file.sha256,
    sizeBytes: file.size_bytes,
    state: file.state,
    format: file.format,
    ruleSetVersion: file.rule_set_version,
    registerVersion: file.register_version,
    revision: file.revision,
    unknownColumns: file.unknown_columns,
    progress: {
      bytes: file.next_offset,
      percent: file.size_bytes === 0 ? 0 : Math.floor((file.next_offset / file.size_bytes) * 1000) / 10,
      read: file.read_count,
      accepted: file.accepted_count,
      rejected: file.rejected_count,
    },
    ledger: viewLedger(file, outcomes),
    problem: viewProblem(file, language),
    workflowId: LIFECYCLES.fileIngest.workflowId({ folderDate, sha256Prefix: file.sha256.slice(0, 32) }),
    receivedAt: file.received_at.toISOString(),
    startedAt: file.started_at?.toISOString() ?? null,
    finishedAt: file.finished_at?.toISOString() ?? null,
  };
}

function viewLedger(file: FileRow, outcomes: LedgerCounts | null): FileView['ledger'] {
  if (file.state !== 'published' || file.format !== 'submission') return null;
  return { records: file.applied_no ?? 0, done: file.applied_at !== null, outcomes };
}

function viewProblem(
  { problem_code: code, problem_params: params }: FileRow,
  language: Language,
): FileView['problem'] {
  if (!isErrorCode(code)) return null;
  const { detail, help } = describeError(code, params ?? {}, language);
  return { code, detail, help };
}

/** Records with their issues in words, their values parsed from the raw bytes, and what corrects what. */
export function viewRecords(
  file: FileRow,
  rows: readonly RecordRow[],
  corrections: readonly CorrectionRow[],
  language: Language,
): RecordView[] {
  const layout = readStoredHeader(headerOf(file));
  return rows.map((row): RecordView => {
    const bytes = row.raw_bytes ?? Buffer.from(row.raw ?? '', 'utf8');
    return {
      record: row.record_no,
      line: row.line_no,
      byteOffset: row.byte_offset,
      byteLength: row.byte_length,
      verdict: row.verdict,
      key: row.record_key,
      issues: (row.issues ?? []).map((issue) => ({ ...issue, message: explainIssue(issue, language) })),
      values: readRecordValues(bytes.toString('latin1'), layout),
      ...viewCorrections(file, row, corrections),
      raw: row.raw ?? bytes.toString('utf8'),
    };
  });
}

const idOf = (folderDate: string, sha256: string): string =>
  formatFileId(formatFolderDate(folderDate), sha256);

function viewCorrections(
  { file_id }: FileRow,
  { record_no }: RecordRow,
  corrections: readonly CorrectionRow[],
): Pick<RecordView, 'correction' | 'supersedes' | 'supersededBy'> {
  const own = corrections.find((link) => link.file_id === file_id && link.record_no === record_no);
  const { corrected_folder_date: date, corrected_sha256: sha256, corrected_record_no: record } = own ?? {};
  return {
    correction: own ? { reference: own.reference, outcome: own.outcome } : null,
    supersedes: date && sha256 && record ? { file: idOf(date, sha256), record } : null,
    supersededBy: corrections
      .filter((link) => link.corrected_file_id === file_id && link.corrected_record_no === record_no)
      .map((link) => ({
        file: idOf(link.folder_date, link.sha256),
        record: link.record_no,
        verdict: link.verdict,
      })),
  };
}
