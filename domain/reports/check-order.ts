/** What is asked of a report, held against the definition of its kind before anything is started. */
import type {
  ReportFilter,
  ReportFormat,
  ReportKind,
  ReportOrder,
} from '../../contracts/on-demand-report.ts';
import { MESSAGE_STATES } from '../../contracts/outbound.ts';
import { isCalendarDate } from '../cftc/dates.ts';
import { isLei } from '../cftc/identifiers.ts';
import { ASSET_CLASSES } from '../cftc/scopes.ts';
import { REPORTS } from './definitions.ts';

export type Asked = {
  readonly kind: ReportKind;
  readonly format: ReportFormat;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly asOf?: string | undefined;
  readonly knownAt?: string | undefined;
  readonly filters?: Readonly<Partial<Record<ReportFilter, string | undefined>>> | undefined;
};

/** A field of the request and what is wrong with it, in English. */
export type OrderProblem = { readonly field: string; readonly message: string };

const OUTCOMES = ['applied', 'duplicate', 'conflict', 'pending', 'violated'];

/** What a filter may be, in words, and the check. */
const FILTER_VALUES: Readonly<Record<ReportFilter, readonly [string, (value: string) => boolean]>> = {
  assetClass: [`one of ${ASSET_CLASSES.join(', ')}`, (value) => isOneOf(ASSET_CLASSES, value)],
  // Not all counterparties have an LEI: persons are named otherwise (#14 with #15 = PLID).
  counterparty: [
    'an LEI, or what #14 says of a person',
    (value) => isLei(value) || /^[\x21-\x7e]{1,100}$/.test(value),
  ],
  outcome: [`one of ${OUTCOMES.join(', ')}`, (value) => isOneOf(OUTCOMES, value)],
  state: [`one of ${MESSAGE_STATES.join(', ')}`, (value) => isOneOf(MESSAGE_STATES, value)],
};

const isOneOf = (values: readonly string[], value: string): boolean => values.includes(value);

const DAYS = ['from', 'to', 'asOf', 'knownAt'] as const;

/** @returns the order, or every problem at once */
export function checkOrder(
  asked: Asked,
): { readonly order: ReportOrder } | { readonly problems: readonly OrderProblem[] } {
  const { takes, takesKnownAt } = REPORTS[asked.kind];
  const problems: OrderProblem[] = [];
  const say = (field: string, message: string): void => void problems.push({ field, message });

  const isPeriod = takes === 'period';
  const takenDays = { from: isPeriod, to: isPeriod, asOf: !isPeriod, knownAt: takesKnownAt };
  for (const field of DAYS) {
    const value = asked[field];
    if (value === undefined) {
      if (takenDays[field] && field !== 'knownAt') say(field, `is missing: ${asked.kind} needs it`);
    } else if (!takenDays[field]) say(field, `does not apply to ${asked.kind}`);
    else if (!isCalendarDate(value)) say(field, `${JSON.stringify(value)} is no date like 2026-11-21`);
  }
  const { from, to } = asked;
  if (isPeriod && problems.length === 0 && from! > to!) say('to', `${to} is before from, ${from}`);
  checkFilters(asked, say);
  if (problems.length > 0) return { problems };
  const filters = Object.entries(asked.filters ?? {}).filter(([, value]) => value !== undefined);
  return {
    order: {
      kind: asked.kind,
      format: asked.format,
      from: from ?? null,
      to: to ?? null,
      asOf: asked.asOf ?? null,
      knownAt: asked.knownAt ?? null,
      filters: Object.fromEntries(filters),
    },
  };
}

function checkFilters({ kind, filters = {} }: Asked, say: (field: string, message: string) => void): void {
  const taken = REPORTS[kind].filters;
  for (const [filter, need] of Object.entries(taken) as [ReportFilter, string][])
    if (need === 'required' && filters[filter] === undefined)
      say(`filters.${filter}`, `is missing: ${kind} needs it`);
  for (const [filter, value] of Object.entries(filters) as [ReportFilter, string | undefined][]) {
    if (value === undefined) continue;
    if (taken[filter] === undefined) {
      const others = Object.keys(taken).join(', ') || 'none';
      say(`filters.${filter}`, `does not apply to ${kind}; those that do: ${others}`);
      continue;
    }
    const [allowed, isAllowed] = FILTER_VALUES[filter];
    if (!isAllowed(value)) say(`filters.${filter}`, `${JSON.stringify(value)} is not ${allowed}`);
  }
}
