/** Reports as the API shows them. */
import { isErrorCode } from '../../contracts/errors.ts';
import type { ReportView } from '../../contracts/on-demand-report.schema.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import { REPORT_TITLES } from '../../contracts/texts/report-titles.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { ReportRow } from '../../db/reports.ts';

export function viewReport(row: ReportRow, language: Language): ReportView {
  const { report_id: id, path, size_bytes: sizeBytes, sha256, expires_at: expiresAt } = row;
  const isReady = path !== null && sizeBytes !== null && sha256 !== null && expiresAt !== null;
  return {
    id,
    kind: row.kind,
    title: REPORT_TITLES[language][row.kind],
    format: row.format,
    from: row.from_date,
    to: row.to_date,
    asOf: row.as_of,
    knownAt: row.known_at,
    filters: { ...row.filters },
    owner: row.owner,
    state: row.state,
    progress: { percent: percentOf(row), rows: row.rows_written },
    file: isReady
      ? {
          href: `/v1/reports/${id}/file`,
          rows: row.rows_written,
          sizeBytes,
          sha256,
          expiresAt: expiresAt.toISOString(),
        }
      : null,
    problem: viewProblem(row, language),
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

/** What is looked at can grow meanwhile: never all of it before the file is there. */
function percentOf({ state, looked_at: looked, of_total: total }: ReportRow): number | null {
  if (state === 'ready') return 100;
  if (state === 'waiting') return 0;
  if (total === null || total === 0) return null;
  return Math.min(99, Math.floor((looked / total) * 100));
}

function viewProblem({ problem_code: code, problem_params: params }: ReportRow, language: Language) {
  if (!isErrorCode(code)) return null;
  return { code, ...describeError(code, params ?? {}, language) };
}
