/**
 * What is owed for a day and is not there: valuations of open swaps, margin of portfolios. Owed by those of our entities
 * that report them (#13) and that the rules ask for it; nobody owes anything for a day that is no business day.
 */
import { formatInstant } from '../cftc/calendars/zone.ts';
import { entityAt, type Calendars, type EntityTable } from '../cftc/entities.ts';
import { dailyObligations, type Obligation } from '../cftc/obligations.ts';
import { singleValue } from '../swaps/record-content.ts';
import { marginDayOf, valuationDayOf } from '../swaps/report-day.ts';
import { TRANSACTION_LEVEL } from '../swaps/swap-event.ts';
import type { DailyReport } from '../swaps/swap-state.ts';
import type { SwapOnDay } from './open-swaps.ts';

type Tables = { readonly entities: EntityTable; readonly calendars: Calendars };

/** `stale`: the latest is older than the day. */
type Lack = 'missing' | 'stale';

function lackOf(latest: string | null, day: string): Lack | null {
  if (latest === null) return 'missing';
  return latest < day ? 'stale' : null;
}

const dueOf = ({ dueAt, gap }: Obligation): string => (dueAt === null ? (gap ?? '') : formatInstant(dueAt));

/** Who owes what for a day, asked once per entity. */
export function createDailyDuties(day: string, { entities, calendars }: Tables) {
  const known = new Map<string, readonly Obligation[]>();
  return (lei: string | null, kind: 'valuation' | 'collateral'): Obligation | null => {
    if (lei === null) return null;
    let owed = known.get(lei);
    if (owed === undefined) {
      const entity = entityAt(entities, lei, day);
      owed = entity === null ? [] : dailyObligations(entity, day, calendars);
      // Of others nothing is owed, and they can be many.
      if (entity !== null) known.set(lei, owed);
    }
    return owed.find((one) => one.kind === kind) ?? null;
  };
}

export type DailyDuties = ReturnType<typeof createDailyDuties>;

const reporterOf = ({ state }: SwapOnDay): string | null =>
  singleValue(state.terms, 'counterparty1ReportingCounterparty');

export const MISSING_VALUATION_COLUMNS = [
  'swap',
  'assetClass',
  'counterparty1ReportingCounterparty',
  'counterparty2',
  'lack',
  'latestValuation',
  'dueAt',
  'rule',
] as const;

/** The row of an open swap whose valuation of the day is owed by us and lacks; null for any other. */
export function missingValuationRow(swap: SwapOnDay, day: string, duties: DailyDuties): string[] | null {
  const owed = duties(reporterOf(swap), 'valuation');
  if (owed === null) return null;
  const { valuation, terms } = swap.state;
  const lack = lackOf(valuation && valuationDayOf(valuation.asOf), day);
  if (lack === null) return null;
  return [
    swap.key,
    swap.assetClass ?? '',
    reporterOf(swap) ?? '',
    singleValue(terms, 'counterparty2') ?? '',
    lack,
    valuation?.asOf ?? '',
    dueOf(owed),
    owed.citation,
  ];
}

export const MISSING_COLLATERAL_COLUMNS = [
  'portfolio',
  'counterparty1ReportingCounterparty',
  'initialMarginPortfolio',
  'variationMarginPortfolio',
  'openSwaps',
  'lack',
  'latestMargin',
  'dueAt',
  'rule',
] as const;

/**
 * What margin is owed for by a swap that names these portfolio codes: the portfolio, or the swap where it is margined by
 * itself; null where it names none: it is margined nowhere that we know of.
 */
export function marginedAs({
  reporter,
  initial,
  variation,
  swap,
}: {
  readonly reporter: string;
  readonly initial: string;
  readonly variation: string;
  readonly swap: string;
}): Pick<Margined, 'key' | 'kind'> | null {
  if (initial === '' && variation === '') return null;
  if (initial === TRANSACTION_LEVEL || variation === TRANSACTION_LEVEL) return { kind: 'swap', key: swap };
  return { kind: 'portfolio', key: [reporter, initial, variation].join('/') };
}

/** Is the margin that is as of this (#30, blank where there is none) older than the day? */
export const lacksMargin = (asOf: string, day: string): boolean => lackOf(marginDayOf(asOf), day) !== null;

/** A portfolio of ours that open swaps name; of a swap that is margined by itself, that swap. */
export type Margined = {
  /** Key of the portfolio in the ledger, or of the swap. */
  readonly key: string;
  readonly kind: 'portfolio' | 'swap';
  readonly reporter: string;
  readonly initial: string;
  readonly variation: string;
  readonly owed: Obligation;
  swaps: number;
  /** Of a swap by itself, its latest margin; of a portfolio it stands in the ledger. */
  readonly margin: DailyReport | null;
};

/** Collects what margin is owed for. As many entries as there are portfolios and swaps that are margined by themselves. */
export function createMargined(duties: DailyDuties) {
  const found = new Map<string, Margined>();
  return {
    /** Takes an open swap. */
    add(swap: SwapOnDay): void {
      const reporter = reporterOf(swap);
      const owed = duties(reporter, 'collateral');
      if (owed === null || reporter === null) return;
      const { initialMarginPortfolio, variationMarginPortfolio } = swap.state.links;
      const [initial, variation] = [initialMarginPortfolio ?? '', variationMarginPortfolio ?? ''];
      const as = marginedAs({ reporter, initial, variation, swap: swap.key });
      if (as === null) return;
      const { key, kind } = as;
      const margined = found.get(key);
      if (margined) margined.swaps += 1;
      else {
        const margin = kind === 'swap' ? swap.state.margin : null;
        found.set(key, { key, kind, reporter, initial, variation, owed, swaps: 1, margin });
      }
    },
    /** In the order of their keys. */
    all: (): Margined[] => [...found.values()].sort((left, right) => (left.key < right.key ? -1 : 1)),
  };
}

/**
 * The row of a portfolio whose margin of the day lacks; null when it is there.
 * @param margin its latest report
 */
export function missingCollateralRow(
  { key, reporter, initial, variation, swaps, owed }: Margined,
  margin: DailyReport | null,
  day: string,
): string[] | null {
  const lack = lackOf(margin && marginDayOf(margin.asOf), day);
  if (lack === null) return null;
  const latest = margin?.asOf ?? '';
  return [key, reporter, initial, variation, String(swaps), lack, latest, dueOf(owed), owed.citation];
}
