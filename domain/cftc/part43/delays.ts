/**
 * When a repository publishes a message: at once, or when the delay of a block trade or a large notional swap has
 * passed, counted from execution. Source: 17 CFR 43.5; part 43, appendix C.
 */
import type { Confidence } from '../rules.ts';
import { addBusinessHours, type Place } from '../calendars/business-time.ts';
import { EASTERN, endOfDay, localDate } from '../calendars/zone.ts';
import { US_FEDERAL } from '../calendars/us-federal.ts';
import type { AssetClass } from '../scopes.ts';
import { weakestConfidence, type Basis } from '../basis.ts';

const MINUTE = 60_000;

export type DelayTable = 'C1' | 'C2' | 'C3' | 'C4' | 'C5' | 'C6';

type Delay = { readonly minutes: number } | { readonly businessHours: number };

type DelayRow = Basis & {
  readonly table: DelayTable;
  readonly election: 'block' | 'large-notional';
  /** Must it be cleared, with no exception taken? Null where it does not matter, so below. */
  readonly mustClear: boolean | null;
  readonly dealer: boolean | null;
  readonly commodity: boolean | null;
  readonly delay: Delay;
};

const row = (
  table: DelayTable,
  election: DelayRow['election'],
  [mustClear, dealer, commodity]: readonly [boolean | null, boolean | null, boolean | null],
  delay: Delay,
  confidence: Basis['confidence'],
): DelayRow => ({
  table,
  election,
  mustClear,
  dealer,
  commodity,
  delay,
  citation: `17 CFR part 43, appendix C, table ${table}`,
  confidence,
});

/** The delays are from the source; to whom C3 and C6 apply is partly general knowledge. */
export const DELAYS: readonly DelayRow[] = [
  row('C1', 'block', [null, null, null], { minutes: 15 }, 'source'),
  row('C2', 'large-notional', [true, true, null], { minutes: 15 }, 'source'),
  row('C3', 'large-notional', [true, false, null], { minutes: 60 }, 'general-knowledge'),
  row('C4', 'large-notional', [false, true, false], { minutes: 30 }, 'source'),
  row('C5', 'large-notional', [false, true, true], { minutes: 120 }, 'source'),
  row('C6', 'large-notional', [false, false, null], { businessHours: 24 }, 'general-knowledge'),
];

/** Business hours are counted by eastern time and the legal holidays of the United States (inferred). */
const BUSINESS_HOURS: Place = { calendar: US_FEDERAL, zone: EASTERN };

export type DelayFacts = {
  /** #93, and the large notional off-facility swap election. Only True delays; False and blank do not. */
  readonly blockElection: boolean | null;
  readonly largeNotionalElection: boolean | null;
  /** The mandatory clearing indicator; null when unknown, so below. */
  readonly mandatoryClearing: boolean | null;
  /** Was an exception or exemption from clearing taken (#11, #12)? */
  readonly clearingException: boolean | null;
  /** Is at least one party a swap dealer or major swap participant? */
  readonly dealer: boolean | null;
  readonly assetClass: AssetClass | null;
  /** #68. */
  readonly postPriced: boolean | null;
};

export type DelayPremise = 'mandatoryClearing' | 'clearingException' | 'dealer' | 'assetClass';

export type Candidate = Basis & {
  readonly table: DelayTable;
  /** Instant of dissemination; null when the holidays of a day that counts are not known. */
  readonly at: number | null;
};

export type Dissemination =
  /** As soon as technologically practicable, from this instant on. */
  | (Basis & { readonly kind: 'at-once'; readonly from: number })
  /** When the delay has passed, neither earlier nor later. */
  | (Basis & { readonly kind: 'delayed'; readonly at: number; readonly table: DelayTable })
  /** The price comes later: when it is known, at the latest at the end of the execution date, eastern time. */
  | (Basis & { readonly kind: 'post-priced'; readonly from: number; readonly latest: number })
  /** One of these, depending on what is missing; or a delay whose end cannot be counted. */
  | {
      readonly kind: 'undetermined';
      readonly missing: readonly (DelayPremise | 'calendar')[];
      readonly candidates: readonly Candidate[];
    };

const AT_ONCE: Basis = { citation: '17 CFR 43.3(b)', confidence: 'source' };
const POST_PRICED: Basis = { citation: '17 CFR 43.3(a)(4)', confidence: 'general-knowledge' };

/** Which delay tables can apply: one when everything that matters is known, none when nothing delays. */
export function delaysFor(facts: DelayFacts): readonly DelayRow[] {
  const election = electionOf(facts);
  if (election === null) return [];
  const mustClear = mustClearOf(facts);
  const commodity = facts.assetClass === null ? null : facts.assetClass === 'CO';
  const agrees = (fact: boolean | null, asked: boolean | null): boolean =>
    fact === null || asked === null || fact === asked;
  return DELAYS.filter(
    (delay) =>
      delay.election === election &&
      agrees(mustClear, delay.mustClear) &&
      agrees(facts.dealer, delay.dealer) &&
      agrees(commodity, delay.commodity),
  );
}

/** A block is elected on a facility, a large notional swap off it: where both flags stand, the facility's holds. */
function electionOf(facts: DelayFacts): DelayRow['election'] | null {
  if (facts.blockElection === true) return 'block';
  return facts.largeNotionalElection === true ? 'large-notional' : null;
}

function mustClearOf({ mandatoryClearing, clearingException }: DelayFacts): boolean | null {
  if (mandatoryClearing === false || clearingException === true) return false;
  return mandatoryClearing === true && clearingException === false ? true : null;
}

/**
 * When a message about a swap is published. An elected delay goes before the later price of a post-priced swap
 * (inferred).
 * @param start instant from which the delay counts: the execution
 * @returns the time, or what is missing to tell it
 */
export function disseminationTime(facts: DelayFacts, start: number): Dissemination {
  const delays = delaysFor(facts);
  if (delays.length === 0)
    return facts.postPriced === true ? postPriced(start) : { kind: 'at-once', from: start, ...AT_ONCE };
  const candidates = delays.map(({ table, delay, citation, confidence }): Candidate => ({
    table,
    at: endOfDelay(start, delay),
    citation,
    // How business hours are counted is our conclusion.
    confidence: 'businessHours' in delay ? 'inferred' : confidence,
  }));
  const [only] = candidates;
  if (candidates.length > 1 || only === undefined)
    return { kind: 'undetermined', missing: missingOf(facts), candidates };
  if (only.at === null) return { kind: 'undetermined', missing: ['calendar'], candidates };
  return {
    kind: 'delayed',
    at: only.at,
    table: only.table,
    citation: only.citation,
    confidence: only.confidence,
  };
}

function endOfDelay(start: number, delay: Delay): number | null {
  if ('minutes' in delay) return start + delay.minutes * MINUTE;
  return addBusinessHours(start, delay.businessHours, BUSINESS_HOURS);
}

function missingOf(facts: DelayFacts): DelayPremise[] {
  const missing: DelayPremise[] = [];
  if (mustClearOf(facts) === null) {
    if (facts.mandatoryClearing === null) missing.push('mandatoryClearing');
    if (facts.clearingException === null) missing.push('clearingException');
  }
  if (facts.dealer === null) missing.push('dealer');
  // Which table a commodity takes matters only where a dealer is, or may be, a party.
  if (facts.assetClass === null && facts.dealer !== false && mustClearOf(facts) !== true)
    missing.push('assetClass');
  return missing;
}

function postPriced(execution: number): Dissemination {
  const date = localDate(execution, EASTERN);
  const latest = date === null ? null : endOfDay(date, EASTERN);
  return latest === null
    ? { kind: 'undetermined', missing: ['calendar'], candidates: [] }
    : { kind: 'post-priced', from: execution, latest, ...POST_PRICED };
}

/**
 * A message about a swap that is not yet published waits for the first one, so that nobody sees the change before the
 * trade; after that it is published at once. Source: a repository's published practice.
 * @param received instant at which the message is there: its event, or its arrival
 * @param first when the swap's first message is published
 */
export function disseminationOfChange(received: number, first: Dissemination): Dissemination {
  const from = (at: number, confidence: Confidence): Dissemination => ({
    kind: 'at-once',
    from: Math.max(received, at),
    citation: AT_ONCE.citation,
    confidence: weakestConfidence(AT_ONCE.confidence, confidence),
  });
  switch (first.kind) {
    case 'at-once':
      return from(first.from, first.confidence);
    case 'delayed':
      // That a change of a delayed swap has no delay of its own is our conclusion.
      return from(first.at, received < first.at ? first.confidence : 'inferred');
    case 'post-priced':
      return received >= first.latest
        ? from(first.latest, first.confidence)
        : { ...first, from: Math.max(received, first.from) };
    case 'undetermined': {
      // Whatever the delay is, it has passed.
      const ends = first.candidates.map(({ at }) => at);
      const isPast = ends.length > 0 && ends.every((at) => at !== null && at <= received);
      return isPast ? from(received, 'inferred') : first;
    }
  }
}
