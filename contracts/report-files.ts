/** Where reports that somebody asked for lie, below the data directory. */
import type { ReportFormat } from './on-demand-report.ts';

export const REPORT_FOLDER = 'reports';

/** The file of an attempt, named by its epoch: an older attempt that is not dead yet writes another one. */
export const reportPath = (reportId: string, epoch: number, format: ReportFormat): string =>
  `${REPORT_FOLDER}/${reportId}-${epoch}.${format}`;
