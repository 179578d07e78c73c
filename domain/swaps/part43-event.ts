/** A reported message as the part 43 preview takes it: what the record says, and null where it says nothing. */
import { isActionType, isAllowed, isEventType, isWithoutEvent } from '../cftc/action-events.ts';
import type { ReportedAmount } from '../cftc/part43/amounts.ts';
import type { Part43Event } from '../cftc/part43/preview.ts';
import { elementBySlot, everyValue, readFlag, singleValue, type RecordValues } from './record-content.ts';

/** What the record does not say, and its register or the table of our entities may. */
export type Part43Context = {
  readonly assetClass: Part43Event['assetClass'];
  /** Is at least one party a swap dealer or major swap participant? */
  readonly dealer: boolean | null;
};

/** #33, #40 and #44 grow and shrink with the leg; the currency of a quantity is none. */
const RELATED_BY_LEG = [
  {
    slot: 'notionalAmountScheduleNotionalAmountInEffectOnAssociatedEffectiveDate',
    currency: 'notionalCurrency',
  },
  { slot: 'notionalQuantity', currency: null },
  { slot: 'totalNotionalQuantity', currency: null },
] as const;
/** #36 and #38. */
const RELATED = [
  { slot: 'callAmount', currency: 'callCurrency' },
  { slot: 'putAmount', currency: 'putCurrency' },
] as const;
const LEGS = ['Leg1', 'Leg2'] as const;

/**
 * The event of a record. Who is an affiliate of whom, how a price was formed and whether the swap was published is in
 * no record. A swap outside of prime brokerage mirrors none (#99); one within it may. A cleared swap, or one that is to
 * be, takes no exception from clearing (inferred); a blank #11 and #12 of another says nothing.
 * @param values as `readRecordValues` gives them
 */
export function readPart43Event(values: RecordValues, { assetClass, dealer }: Part43Context): Part43Event {
  const single = (slot: string): string | null => singleValue(values, slot);
  const flag = (slot: string): boolean | null => readFlag(values, slot);
  const action = single('actionType');
  const event = single('eventType');
  const cleared = single('cleared');
  return {
    action,
    event,
    amendment: flag('amendmentIndicator'),
    cleared,
    pairIsPublic: pairIsPublic(action, event),
    interAffiliate: null,
    priceForming: null,
    mirrorSwap: flag('primeBrokerageTransactionIndicator') === false ? false : null,
    swapIsPublic: null,
    blockElection: flag('blockTradeElectionIndicator'),
    largeNotionalElection: flag('largeNotionalOffFacilitySwapElectionIndicator'),
    mandatoryClearing: flag('mandatoryClearingIndicator'),
    clearingException: clearingException(values, cleared),
    dealer,
    assetClass,
    postPriced: flag('postPricedSwapIndicator'),
    category: null,
    executionTimestamp: single('executionTimestamp'),
    eventTimestamp: single('eventTimestamp'),
    effectiveDate: single('effectiveDate'),
    expirationDate: single('expirationDate'),
    legs: readLegs(values),
    related: readRelated(values),
  };
}

function pairIsPublic(action: string | null, event: string | null): boolean | null {
  if (action === null || !isActionType(action)) return null;
  if (isWithoutEvent(action)) return isAllowed(action, null, 43);
  return event === null || !isEventType(event) ? null : isAllowed(action, event, 43);
}

function clearingException(values: RecordValues, cleared: string | null): boolean | null {
  const taken = [1, 2].some(
    (party) => everyValue(values, `clearingExceptionsAndExemptionsCounterparty${party}`).length > 0,
  );
  if (taken) return true;
  return cleared === 'Y' || cleared === 'I' ? false : null;
}

/** A placeholder says that the amount is not known yet: it counts as none. */
function readLegs(values: RecordValues): ReportedAmount[] {
  const legs = LEGS.flatMap((leg) => amountsOf(values, `notionalAmount${leg}`, `notionalCurrency${leg}`));
  return legs.some(isPlaceholder) ? [] : legs;
}

function readRelated(values: RecordValues): ReportedAmount[] {
  return [
    ...RELATED_BY_LEG.flatMap(({ slot, currency }) =>
      LEGS.flatMap((leg) => amountsOf(values, slot + leg, currency && currency + leg)),
    ),
    ...RELATED.flatMap(({ slot, currency }) => amountsOf(values, slot, currency)),
  ].filter((amount) => !isPlaceholder(amount));
}

/** The filled values of an element, with the slot as their name. */
const amountsOf = (values: RecordValues, slot: string, currencySlot: string | null): ReportedAmount[] =>
  everyValue(values, slot)
    .filter((value) => value !== '')
    .map((value) => ({
      field: slot,
      value,
      currency: currencySlot === null ? null : singleValue(values, currencySlot),
    }));

const isPlaceholder = ({ field, value }: ReportedAmount): boolean =>
  elementBySlot.get(field)?.placeholders.includes(value) ?? false;

/** The name of an amount as columns write it: "#31 Notional amount-Leg 1". */
export function nameSlot(slot: string): string {
  const element = elementBySlot.get(slot);
  const leg = /Leg([12])$/.exec(slot)?.[1];
  if (!element) return slot;
  return `#${element.number} ${element.name}${leg === undefined ? '' : `-Leg ${leg}`}`;
}
