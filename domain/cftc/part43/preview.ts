/**
 * The repository's view of one message: whether it is published, when, and which amounts. It shows what to expect and
 * changes nothing of what is sent. Source: 17 CFR part 43.
 */
import { daysBetween } from '../calendars/days.ts';
import { EASTERN, localDate, parseInstant } from '../calendars/zone.ts';
import { isBlock, type BlockAnswer } from './blocks.ts';
import { capFor, type CapAnswer } from './caps.ts';
import { largestLeg, publishAmounts, type PublishedAmounts, type ReportedAmount } from './amounts.ts';
import { disseminationOfChange, disseminationTime, type DelayFacts, type Dissemination } from './delays.ts';
import { judgePublication, type Publication, type PublicationFacts } from './reportable.ts';
import type { RateTable } from './rates.ts';
import type { SizeKey, SizeTable } from './size-table.ts';

export type Part43Event = PublicationFacts &
  DelayFacts & {
    /** Name of the category in the size tables; rates need none. */
    readonly category: string | null;
    /** #96 and #30 as reported; null where blank. */
    readonly executionTimestamp: string | null;
    readonly eventTimestamp: string | null;
    /** #94 and #95. */
    readonly effectiveDate: string | null;
    readonly expirationDate: string | null;
    /** #31 of the legs. */
    readonly legs: readonly ReportedAmount[];
    /** What is scaled with the legs: #33, #36, #38, #40, #44. Never premiums or other payments. */
    readonly related: readonly ReportedAmount[];
  };

export type Part43Tables = {
  readonly caps: SizeTable;
  readonly blocks: SizeTable;
  readonly rates: RateTable;
};

export type Part43Preview = {
  readonly publication: Publication;
  /** Null when the message is not public, or when its execution is not known. */
  readonly dissemination: Dissemination | null;
  /** How the swap is found in the size tables. */
  readonly sizeKey: SizeKey;
  readonly block: BlockAnswer | null;
  readonly cap: CapAnswer | null;
  readonly amounts: PublishedAmounts | null;
  /** A block was elected for a swap that does not reach the size, by the tables given. */
  readonly electionBelowSize: boolean;
};

const SILENT = {
  dissemination: null,
  block: null,
  cap: null,
  amounts: null,
  electionBelowSize: false,
} as const;

/**
 * What the public would see of a message.
 * @param tables sizes and rates; sizes are those in force on the execution date, eastern time
 */
export function previewDissemination(event: Part43Event, tables: Part43Tables): Part43Preview {
  const publication = judgePublication(event);
  const sizeKey = sizeKeyOf(event);
  const execution = event.executionTimestamp === null ? null : parseInstant(event.executionTimestamp);
  const date = execution === null ? null : localDate(execution, EASTERN);
  if (publication.outcome === 'not-public' || execution === null || date === null) {
    return { publication, sizeKey, ...SILENT };
  }

  const { legs, related } = event;
  const { rates } = tables;
  const largest = largestLeg({ legs, rates, date });
  const block = isBlock(tables.blocks, sizeKey, largest?.usd ?? null, date);
  const cap = capFor(tables.caps, tables.blocks, sizeKey, date);
  const elected = event.blockElection === true || event.largeNotionalElection === true;
  return {
    publication,
    sizeKey,
    dissemination: timeOf(event, execution),
    block,
    cap,
    amounts: publishAmounts({ legs, related, cap, rates, date }),
    electionBelowSize: elected && block.block === false,
  };
}

/**
 * A trade is timed by its execution; a change by its event, after the trade. A new swap that came of another one can
 * carry the other's execution, so that its event counts (inferred).
 */
function timeOf(event: Part43Event, execution: number): Dissemination {
  const happened = (event.eventTimestamp === null ? null : parseInstant(event.eventTimestamp)) ?? execution;
  if (event.action !== 'NEWT') return disseminationOfChange(happened, disseminationTime(event, execution));
  return disseminationTime(event, event.event === 'TRAD' ? execution : Math.max(execution, happened));
}

/**
 * How a swap is found in the size tables. The tenor of a rates swap runs from effective to expiration date, and its
 * currency is the one that both legs, or the first of them, are in (general knowledge).
 */
export function sizeKeyOf(
  event: Pick<Part43Event, 'assetClass' | 'category' | 'effectiveDate' | 'expirationDate' | 'legs'>,
): SizeKey {
  const { assetClass, category, effectiveDate, expirationDate, legs } = event;
  const days =
    effectiveDate === null || expirationDate === null ? null : daysBetween(effectiveDate, expirationDate);
  return {
    assetClass,
    category,
    currency: legs.find(({ currency }) => currency !== null)?.currency ?? null,
    tenorDays: days === null || days < 0 ? null : days,
  };
}
