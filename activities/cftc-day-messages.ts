/** Cutting the messages of a day: what its events are, in our order, with the times that keep it at the receiver. */
import { TainError } from '../contracts/errors.ts';
import type { DayCounts } from '../contracts/cftc-day.ts';
import { readCutEvents, readSent, type CutEvent, type Sent } from '../db/cut-events.ts';
import { findSentBefore, foldCuts } from '../db/cut-folds.ts';
import type { DayVersionRow } from '../db/days.ts';
import { hashText, subjectId } from '../db/ledger-subjects.ts';
import { finishMessages, keepCutBatch, type CutBatch, type NewMessage } from '../db/day-messages.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import { isCorrection, type MessageChoice } from '../domain/cftc-day/message-choice.ts';
import { planReportingTimes } from '../domain/cftc-day/reporting-times.ts';
import { messageIdOf } from '../domain/reports/message-id.ts';
import { compareEvents } from '../domain/swaps/fold-key.ts';
import { singleValue } from '../domain/swaps/record-content.ts';
import type { SwapEvent } from '../domain/swaps/swap-event.ts';
import type { Sql } from '../platform/postgres.ts';

export type CutRequest = {
  readonly sql: Sql;
  readonly version: DayVersionRow;
  readonly choose: (event: SwapEvent, acceptedAt: number) => MessageChoice;
  readonly signal: AbortSignal;
  /** Called after every batch, with the messages so far. */
  readonly onProgress: (messages: number) => void;
  /** Events between two checkpoints; absent: as many as memory has room for. */
  readonly eventsPerBatch?: number;
};

const PART = 45;
const NO_COUNTS: DayCounts = {
  accepted: 0,
  applied: 0,
  duplicate: 0,
  conflict: 0,
  pending: 0,
  violated: 0,
  settled: 0,
  messages: 0,
  otherReports: 0,
};

/**
 * Cuts the messages of a version from its checkpoint to its end.
 * @throws TainError day.submitter-missing, day.reporting-times, day.superseded
 * @throws the signal's reason when it is aborted; batches that were kept until then stay
 */
export async function cutMessages(request: CutRequest): Promise<DayVersionRow> {
  const { sql, signal, onProgress, eventsPerBatch } = request;
  let version = request.version;
  if (version.messages_cut) return version;
  let messages = version.message_count;
  for await (const read of readCutEvents(sql, version, eventsPerBatch)) {
    signal.throwIfAborted();
    const known = new Map(read.map(({ subject }) => [subjectId(subject), subject]));
    const sent = await readSent(sql, version.business_date, [...known.values()]);
    const sentOf = new Map(sent.map((one) => [subjectId(one), one]));
    const events = await settleOutcomes(sql, version, read, sentOf);
    const subjects = [...Map.groupBy(events, ({ subject }) => subjectId(subject)).values()];
    const batch = joinBatches(
      events.at(-1)!.subject.key,
      subjects.map((own) => cutSubject(own, sentOf.get(subjectId(own[0]!.subject)) ?? null, request)),
    );
    await keepCutBatch(sql, version, batch);
    version = { ...version, cut_subject: batch.lastSubject };
    messages += batch.messages.length;
    onProgress(messages);
  }
  return finishMessages(sql, version);
}

/**
 * Events with what became of them by the cuts alone. One that takes the place of an event which an earlier day reported
 * says nothing new to the repository: of the two it is the duplicate, or the one that contradicts.
 */
async function settleOutcomes(
  sql: Sql,
  version: DayVersionRow,
  events: readonly CutEvent[],
  sentOf: ReadonlyMap<string, Sent>,
): Promise<readonly CutEvent[]> {
  const again = new Map(
    events
      .filter(({ hasLater, subject }) => hasLater || sentOf.get(subjectId(subject))?.isTakenOver)
      .map(({ subject }) => [subjectId(subject), subject]),
  );
  const outcomes = await foldCuts(sql, version, [...again.values()]);
  const idOf = (place: string): string => messageIdOf(place, PART, 1, hashText);
  const repeats = [...outcomes].flatMap(([place, outcome]) =>
    outcome.kind === 'duplicate' || outcome.kind === 'conflict'
      ? [{ id: idOf(place), kind: outcome.kind, first: outcome.first }]
      : [],
  );
  const reported = await findSentBefore(
    sql,
    version.business_date,
    repeats.map(({ id }) => id),
  );
  const taken = new Map(
    repeats.filter(({ id }) => reported.has(id)).map(({ first, kind }) => [first, kind] as const),
  );
  return events.map((cut) => {
    const outcome = outcomes.get(cut.event.place)?.kind ?? cut.outcome;
    const isTaking = outcome === 'applied' && taken.get(cut.event.place);
    return { ...cut, outcome: isTaking || outcome };
  });
}

type SubjectCut = Omit<CutBatch, 'lastSubject'>;

/** An event of which nothing came may still get its message: when its swap begins, or a late event puts it right. */
const waits = ({ outcome }: CutEvent): boolean => outcome === 'pending' || outcome === 'violated';

/** The messages of one swap or portfolio. */
function cutSubject(events: readonly CutEvent[], sent: Sent | null, request: CutRequest): SubjectCut {
  const own = events.filter(({ isCarried }) => !isCarried);
  const settled = events.filter((cut) => cut.isCarried && !waits(cut));
  const counts: Record<keyof DayCounts, number> = { ...NO_COUNTS, accepted: own.length };
  for (const { outcome } of own) counts[outcome] += 1;
  counts.settled = settled.filter(({ outcome }) => outcome === 'applied').length;
  const messages = makeMessages(
    events.filter(({ outcome }) => outcome === 'applied'),
    sent,
    request,
  );
  counts.messages = messages.length;
  counts.otherReports = counts.applied + counts.settled - messages.length;
  return { messages, waiting: own.filter(waits), settled, counts };
}

type Chosen = CutEvent & { readonly choice: Extract<MessageChoice, { answer: 'message' }> };

function makeMessages(
  applied: readonly CutEvent[],
  sent: Sent | null,
  { version, choose }: CutRequest,
): NewMessage[] {
  const chosen = applied
    .toSorted((one, other) => compareEvents(one.event, other.event))
    .flatMap((cut): Chosen[] => {
      const choice = choose(cut.event, cut.acceptedAt.getTime());
      return choice.answer === 'message' ? [{ ...cut, choice }] : [];
    });
  const assetClass =
    chosen.map(({ choice }) => choice.assetClass).find((one) => one !== null) ?? sent?.assetClass ?? null;
  const times = timesOf(chosen, sent, version);
  let corrected = sent?.lastTransaction ?? null;
  return chosen.map(({ event, choice, subject, sourceId, position }, at) => {
    const id = messageIdOf(event.place, PART, 1, hashText);
    const corrects = isCorrection(event.action) ? corrected : null;
    if (choice.kind === 'transaction') corrected = id;
    return {
      id,
      kind: choice.kind,
      assetClass: choice.kind === 'transaction' ? assetClass : null,
      sourceId,
      position,
      subject,
      action: event.action,
      ordinal: at + 1,
      submitter: submitterOf(event, version),
      reportedAt: times[at]!,
      mayBeHeld: sent?.isOpen ?? false,
      corrects,
      dueAt: choice.dueAt,
      obligation: choice.obligation,
    };
  });
}

function timesOf(
  chosen: readonly Chosen[],
  sent: Sent | null,
  { business_date: date, cut_at }: DayVersionRow,
): number[] {
  const events = chosen.map(({ event }) => event);
  const times = planReportingTimes(events, cut_at.getTime(), sent?.last.getTime() ?? null);
  if (times !== null) return times;
  const last = sent === null ? '' : formatInstant(sent.last.getTime());
  const subject = chosen[0]!.subject.key;
  throw new TainError('day.reporting-times', { date, subject, messages: events.length, last });
}

function submitterOf(
  { values, place }: SwapEvent,
  { business_date: date, submitter }: DayVersionRow,
): string {
  const found = submitter ?? singleValue(values, 'submitterIdentifier');
  if (found === null) throw new TainError('day.submitter-missing', { date, place });
  return found;
}

const joinBatches = (lastSubject: string, cuts: readonly SubjectCut[]): CutBatch => ({
  lastSubject,
  messages: cuts.flatMap(({ messages }) => messages),
  waiting: cuts.flatMap(({ waiting }) => waiting),
  settled: cuts.flatMap(({ settled }) => settled),
  counts: cuts.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS),
});

const addCounts = (left: DayCounts, right: DayCounts): DayCounts =>
  Object.fromEntries(
    (Object.keys(NO_COUNTS) as (keyof DayCounts)[]).map((name) => [name, left[name] + right[name]]),
  ) as Record<keyof DayCounts, number>;
