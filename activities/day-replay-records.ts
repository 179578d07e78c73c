/**
 * The records of a cut on their way through a replay: judged again from their bytes, compared with what is stored of them,
 * and applied to the ledger of the scratch schema. Page by page, so that memory is bounded.
 */
import type { RecordPlace, ReplayRules } from '../contracts/day-replay.ts';
import type { Verdict } from '../contracts/issues.ts';
import type { DayVersionRow } from '../db/days.ts';
import { sourceOf } from '../db/file-events.ts';
import { fileIdOf } from '../db/file-audit.ts';
import { headerOf, type FileRow } from '../db/files.ts';
import { applyInBatches } from '../db/ledger-batches.ts';
import { hashText, storableKey } from '../db/ledger-subjects.ts';
import { registersOf } from '../db/registers.ts';
import * as raw from '../db/replay-raw.ts';
import { PROFILES } from '../domain/cftc/profiles.ts';
import { EFFECTIVE_FROM } from '../domain/cftc/specification.ts';
import {
  readSourcedEvent,
  sourceName,
  type EventSource,
  type SourcedEvent,
} from '../domain/swaps/event-source.ts';
import type { JudgeContext } from '../domain/swaps/judge.ts';
import { createMessageJudge } from '../domain/swaps/judge-message.ts';
import type { RecordValues } from '../domain/swaps/record-content.ts';
import {
  compareTexts,
  createSliceJudge,
  decisiveIssue,
  holdsItsHash,
} from '../domain/swaps/replay-record.ts';
import { readStoredHeader } from '../domain/swaps/values.ts';
import type { Sql } from '../platform/postgres.ts';
import type { Findings } from './day-replay-findings.ts';

export type RecordsRequest = {
  /** Of the scratch schema. */
  readonly sql: Sql;
  readonly cut: DayVersionRow;
  /** Null: those of the day on which each record was submitted. */
  readonly rules: ReplayRules | null;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  /** Called with the number of records of each page. */
  readonly onRecords: (records: number) => void;
};

/** A record of a page. */
type Judged = {
  readonly position: number;
  readonly place: RecordPlace;
  readonly stored: string;
  /** Null when the bytes are not one record. */
  readonly verdict: Verdict | null;
  /** What the bytes say, whatever the verdict. */
  readonly event: SourcedEvent | null;
};

/**
 * Takes what became the day's with this version.
 * @throws TainError register.unknown; the signal's reason when it is aborted
 */
export async function replayRecords(request: RecordsRequest): Promise<void> {
  const { sql, cut } = request;
  for (const file of await raw.listFilesSince(sql, cut)) await replayFile(request, file);
  for (const session of await raw.listSessionsSince(sql, cut)) await replaySession(request, session);
}

/** The rules of a record's own day, or those that were asked for. */
function contextOf(
  rules: ReplayRules | null,
  own: JudgeContext & { readonly submittedOn: string },
): JudgeContext {
  if (rules === null) return own;
  const submittedOn = rules.version === null ? own.submittedOn : EFFECTIVE_FROM[rules.version];
  return { ...own, submittedOn, profile: PROFILES[rules.profile] };
}

async function replayFile(request: RecordsRequest, file: FileRow): Promise<void> {
  const { sql, rules, findings } = request;
  const source = sourceOf(file);
  const about = { kind: 'file', file: fileIdOf(file), name: file.file_name } as const;
  const registers = await registersOf(sql, file.register_version);
  let layout;
  try {
    layout = readStoredHeader(headerOf(file));
  } catch {
    findings.add({
      kind: 'unreadable',
      place: { ...about, record: 0, line: 1, offset: 0 },
      altered: 'bytes',
    });
    return;
  }
  const judge = createSliceJudge(layout, contextOf(rules, { submittedOn: file.folder_date, registers }));
  let from = 1;
  for await (const page of raw.readFilePages(sql, file)) {
    const judged = page.map((record): Judged => {
      const { verdict, values } = judge(record);
      const place = { ...about, record: record.record, line: record.line, offset: record.offset };
      const event = eventOf(values, source, record.record);
      return { position: record.record, place, stored: record.verdict, verdict, event };
    });
    const to = page.at(-1)!.record;
    await takePage(request, source, judged, { from, to, sequences: null });
    from = to + 1;
  }
  await takePage(request, source, [], { from, to: null, sequences: null });
}

async function replaySession(request: RecordsRequest, range: raw.JournalRange): Promise<void> {
  const { feed, session, sequences } = range;
  const source: EventSource = { kind: 'feed', feed, session };
  const judges = new Map<number, ReturnType<typeof createMessageJudge>>();
  let from = 1;
  for await (const page of raw.readJournalPages(request.sql, range)) {
    const judged: Judged[] = [];
    for (const { sequence, raw: bytes, verdict: stored, basisId } of page) {
      if (!judges.has(basisId)) judges.set(basisId, await openJudge(request, basisId));
      const { verdict, values } = judges.get(basisId)!(bytes);
      const place = { kind: 'feed', feed, session, sequence } as const;
      judged.push({ position: sequence, place, stored, verdict, event: eventOf(values, source, sequence) });
    }
    const to = page.at(-1)!.sequence;
    await takePage(request, source, judged, { from, to, sequences });
    from = to + 1;
  }
  await takePage(request, source, [], { from, to: null, sequences });
}

/** Messages of a basis that is lost are judged by what is in force now. */
async function openJudge({ sql, rules }: RecordsRequest, basisId: number) {
  const basis = await raw.findBasis(sql, basisId);
  if (basis === null) return createMessageJudge(rules === null ? {} : { profile: PROFILES[rules.profile] });
  const { submittedOn } = basis;
  const registers = await registersOf(sql, basis.registers);
  return createMessageJudge(contextOf(rules, { submittedOn, registers }));
}

const eventOf = (values: RecordValues | null, source: EventSource, position: number): SourcedEvent | null =>
  values && readSourcedEvent(values, { source, position, hash: hashText });

/** Compares a page with what is stored of it, and applies what its bytes make. */
async function takePage(
  { sql, findings, signal, onRecords }: RecordsRequest,
  source: EventSource,
  judged: readonly Judged[],
  range: raw.PositionRange,
): Promise<void> {
  signal.throwIfAborted();
  const known = await raw.readStoredTexts(sql, sourceName(source), range);
  for (const one of judged) {
    compareJudged(findings, one, known.get(one.position) ?? null);
    known.delete(one.position);
  }
  for (const { position, text } of known.values())
    findings.add({ kind: 'event-extra', place: placeIn(source, position), stored: text, altered: null });
  const events = judged.flatMap(({ verdict, event }) => (verdict?.accepted && event ? [event] : []));
  await applyInBatches(sql, events, source);
  onRecords(judged.length);
}

/** Of a record whose bytes are not stored any more. */
function placeIn(source: EventSource, position: number): RecordPlace {
  if (source.kind === 'feed')
    return { kind: 'feed', feed: source.feed, session: source.session, sequence: position };
  return { kind: 'file', file: source.name, name: source.name, record: position, line: null, offset: null };
}

function compareJudged(
  findings: Findings,
  { stored, verdict, place, event }: Judged,
  known: raw.StoredEventText | null,
): void {
  const blame = (): void => {
    if (event) findings.blame(storedSubject(event), place);
    if (known) findings.blame(subjectIn(known), place);
  };
  const altered = known === null ? null : holdsItsHash(known, hashText) ? 'bytes' : 'ledger';
  if (verdict === null) {
    findings.add({ kind: 'unreadable', place, stored, altered: 'bytes' });
    return blame();
  }
  const now = verdict.accepted ? 'accepted' : 'rejected';
  const text = event && { text: event.event.text, contentHash: event.event.contentHash };
  const fields = known && text ? compareTexts(known, text) : [];
  if (now !== stored) {
    const issue = decisiveIssue(verdict);
    const why = issue && `${now}: ${issue.ruleId}${issue.value === null ? '' : ` ${issue.value}`}`;
    const field = issue && (issue.element === null ? issue.column : `#${issue.element}`);
    findings.add({ kind: 'verdict', place, field, stored, replayed: why ?? now });
    blame();
  } else if (verdict.accepted && (known === null) !== (event === null)) {
    const kind = known === null ? 'event-missing' : 'event-extra';
    findings.add({ kind, place, stored: known?.text ?? null, replayed: text?.text ?? null, altered });
    blame();
  } else if (known !== null && !verdict.accepted) {
    findings.add({ kind: 'event-extra', place, stored: known.text });
    blame();
  }
  for (const difference of fields) findings.add({ kind: 'event', place, ...difference, altered });
  if (fields.length > 0) return blame();
  if (known && event && known.subject !== inWords(storedSubject(event))) {
    const replayed = inWords(storedSubject(event));
    findings.add({
      kind: 'event',
      place,
      field: 'subject',
      stored: known.subject,
      replayed,
      altered: 'ledger',
    });
    blame();
  }
}

const storedSubject = ({ event: { subject } }: SourcedEvent) => ({
  kind: subject.kind,
  key: storableKey(subject.key),
});

const inWords = ({ kind, key }: ReturnType<typeof storedSubject>): string => `${kind} ${key}`;

const subjectIn = ({ subject }: raw.StoredEventText) => ({
  kind: subject.startsWith('portfolio ') ? ('portfolio' as const) : ('swap' as const),
  key: subject.slice(subject.indexOf(' ') + 1),
});
