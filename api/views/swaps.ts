/** Swaps and portfolios as the API shows them, now and as they were, with their words in the language of the answer. */
import type { Issue } from '../../contracts/issues.ts';
import type { SwapEventView, SwapPage, SwapView } from '../../contracts/swaps.schema.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { EventOrigin, StoredSwap, SwapRow } from '../../db/swaps.ts';
import type { StoredEvent } from '../../db/ledger-reads.ts';
import { explainIssue } from '../../domain/cftc/explain-issue.ts';
import { wasKnown } from '../../domain/swaps/as-of.ts';
import { compareEvents } from '../../domain/swaps/fold-key.ts';
import { applyAll, type SubjectState } from '../../domain/swaps/ledger-account.ts';
import { singleValue } from '../../domain/swaps/record-content.ts';
import { toSequenceIssue } from '../../domain/swaps/sequence-finding.ts';
import { readState } from '../../domain/swaps/state-text.ts';
import { statusAt, type SwapState } from '../../domain/swaps/swap-state.ts';
import { expirationOf } from '../../domain/swaps/swap-terms.ts';

/** A row of the list. `today`: YYYY-MM-DD. */
export function viewSummary(row: SwapRow, today: string): SwapPage['swaps'][number] {
  const { key, kind, status, revision, foldTime } = row;
  const subject = readState(kind, row.state);
  const state = subject.kind === 'swap' ? subject.state : null;
  return {
    key,
    kind,
    status,
    statusToday: state && statusAt(state, today),
    product: state && singleValue(state.terms, 'uniqueProductIdentifier'),
    expirationDate: state && expirationOf(state.terms),
    // The fold key of what has no time begins or ends the order, and is no time.
    lastEventAt: /^\d/.test(foldTime) ? foldTime : null,
    revision,
  };
}

type Judged = {
  readonly stored: StoredEvent;
  readonly outcome: SwapEventView['outcome'];
  readonly issues: readonly Issue[];
};

export type SwapReading = {
  readonly subject: SubjectState;
  /** In the order of the fold. */
  readonly events: readonly Judged[];
  /** Events that were left out. */
  readonly later: number;
};

/**
 * The swap as the ledger has it, or as it was reported by `asOf`: then folded again by the code that made it, from the
 * events that were known.
 */
export function readAsOf({ subject, account, history }: StoredSwap, asOf: string | null): SwapReading {
  if (asOf === null) {
    const ordered = [...history].sort((left, right) => compareEvents(left.event, right.event));
    const events = ordered.map((stored) => ({
      stored,
      outcome: stored.outcome as Judged['outcome'],
      issues: stored.issues === null ? [] : (JSON.parse(stored.issues) as Issue[]),
    }));
    return { subject: account.subject, events, later: 0 };
  }
  const known = new Map(
    history.flatMap((stored) => (wasKnown(stored.event, asOf) ? [[stored.event, stored] as const] : [])),
  );
  const folded = applyAll(subject.kind, [...known.keys()]);
  const events = folded.outcomes.map(({ event, outcome }) => ({
    stored: known.get(event)!,
    outcome: outcome.kind,
    issues: outcome.findings.map(toSequenceIssue),
  }));
  return { subject: folded.account.subject, events, later: history.length - known.size };
}

/**
 * All but the history.
 * @param date the day, or time, to say the status of
 */
export function viewState(
  { subject, events, later }: SwapReading,
  date: string,
): Omit<SwapView, 'key' | 'asOf' | 'history' | 'next'> {
  const counts = { applied: 0, duplicate: 0, conflict: 0, pending: 0, violated: 0 };
  for (const { outcome } of events) counts[outcome] += 1;
  const count = { total: events.length, later, ...counts };
  if (subject.kind === 'portfolio') {
    const nothing = { status: null, terms: {}, executionTimestamp: null, links: null, valuation: null };
    return { kind: 'portfolio', ...nothing, margin: viewReport(subject.state), events: count };
  }
  const { state } = subject;
  return {
    kind: 'swap',
    // Messages never say that a swap has matured.
    status: {
      byMessages: state.status as Exclude<SwapState['status'], 'matured'>,
      date,
      onDate: statusAt(state, date),
    },
    terms: copyValues(state.terms),
    executionTimestamp: state.executionTimestamp,
    links: {
      ...state.links,
      prior: [...state.links.prior],
      clearedInto: [...state.links.clearedInto],
      original: [...state.links.original],
    },
    valuation: viewReport(state.valuation),
    margin: viewReport(state.margin),
    events: count,
  };
}

/** Some of the history, each event with its origin. */
export function viewEvents(
  events: readonly Judged[],
  origins: readonly EventOrigin[],
  language: Language,
): SwapEventView[] {
  const byPlace = new Map(origins.map((origin) => [`${origin.sourceId}/${origin.position}`, origin]));
  return events.map(({ stored, outcome, issues }) => {
    const { event, revision, sourceId, position } = stored;
    const origin = byPlace.get(`${sourceId}/${position}`)!;
    return {
      place: event.place,
      action: event.action,
      event: event.event,
      amendment: event.amendment,
      executionTimestamp: event.executionTimestamp,
      eventTimestamp: event.eventTimestamp,
      reportingTimestamp: event.reportingTimestamp,
      outcome,
      revision,
      acceptedAt: origin.acceptedAt.toISOString(),
      issues: issues.map((issue) => ({ ...issue, message: explainIssue(issue, language) })),
      source: viewSource(origin),
    };
  });
}

function viewSource(origin: EventOrigin): SwapEventView['source'] {
  const { feed, session, revision, sourceName, position, line, byteOffset, byteLength } = origin;
  if (feed !== null && session !== null) {
    const receivedAt = origin.receivedAt?.toISOString() ?? null;
    return { kind: 'feed', feed, session, sequence: position, receivedAt };
  }
  const file = sourceName.split('.', 1)[0]!;
  const place = { name: origin.fileName, record: position, line, byteOffset, byteLength };
  return { kind: 'file', file, revision: revision ?? 1, ...place };
}

const copyValues = (values: SwapState['terms']): SwapView['terms'] =>
  Object.fromEntries(
    Object.entries(values).map(([slot, value]) => [slot, typeof value === 'string' ? value : [...value]]),
  );

const viewReport = (report: SwapState['valuation']): SwapView['valuation'] =>
  report && { ...report, values: copyValues(report.values) };
