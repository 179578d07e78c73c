/** The state of a swap or portfolio as text, as the ledger keeps it. What is as it is of an unknown swap is left out. */
import type { SubjectState } from './ledger-account.ts';
import { fromCodes, writeRecord } from './record-text.ts';
import type { RecordValues } from './record-content.ts';
import { UNKNOWN_SWAP, type DailyReport, type SwapLinks, type SwapState } from './swap-state.ts';

/** Equal states give equal texts. */
export function writeState(subject: SubjectState): string {
  if (subject.kind === 'portfolio') return writeReport(subject.state);
  const { status, beforeError, terms, executionTimestamp, links, valuation, margin, publication } =
    subject.state;
  const { first, begunBy } = publication;
  const rest = JSON.stringify({
    status,
    ...(beforeError !== null && { beforeError }),
    ...(executionTimestamp !== null && { executionTimestamp }),
    ...(links !== UNKNOWN_SWAP.links && { links: writeLinks(links) }),
    ...(first !== null && { first }),
    ...(begunBy !== null && { begunBy }),
  });
  const others =
    (valuation === null ? '' : `,"valuation":${writeReport(valuation)}`) +
    (margin === null ? '' : `,"margin":${writeReport(margin)}`);
  return `${rest.slice(0, -1)},"terms":${writeRecord(terms).text}${others}}`;
}

function writeReport(report: DailyReport | null): string {
  if (report === null) return 'null';
  const { asOf, place, values } = report;
  return `${JSON.stringify({ asOf, place }).slice(0, -1)},"values":${writeRecord(values).text}}`;
}

const writeLinks = (links: SwapLinks): Partial<SwapLinks> =>
  Object.fromEntries(Object.entries(links).filter(([, value]) => value !== null && value.length > 0));

type StoredReport = Omit<DailyReport, 'values'> & { readonly values: RecordValues };

type StoredSwap = Pick<SwapState, 'status'> &
  Partial<Pick<SwapState, 'beforeError' | 'executionTimestamp'> & SwapState['publication']> & {
    readonly terms: RecordValues;
    readonly links?: Partial<SwapLinks>;
    readonly valuation?: StoredReport;
    readonly margin?: StoredReport;
  };

/** The state that `writeState` wrote. */
export function readState(kind: SubjectState['kind'], text: string): SubjectState {
  if (kind === 'portfolio') {
    const report = JSON.parse(text) as StoredReport | null;
    return { kind, state: report && readReport(report) };
  }
  const { terms, links, valuation, margin, first, begunBy, ...rest } = JSON.parse(text) as StoredSwap;
  return {
    kind,
    state: {
      ...UNKNOWN_SWAP,
      ...rest,
      terms: fromCodes(terms),
      links: links ? { ...UNKNOWN_SWAP.links, ...links } : UNKNOWN_SWAP.links,
      valuation: valuation ? readReport(valuation) : null,
      margin: margin ? readReport(margin) : null,
      publication: { first: first ?? null, begunBy: begunBy ?? null },
    },
  };
}

const readReport = ({ values, ...report }: StoredReport): DailyReport => ({
  ...report,
  values: fromCodes(values),
});
