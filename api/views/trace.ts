/** A trace as the API shows it: every record with all that followed from it, in the language of the answer. */
import type { Issue } from '../../contracts/issues.ts';
import { isErrorCode } from '../../contracts/errors.ts';
import type { SwapEventView } from '../../contracts/swaps.schema.ts';
import type { TracedAnswer, TracedFile, TracedMessage, TracedRecord } from '../../contracts/trace.schema.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { AnswerRow, DeliveryRow, MessageRow, OutboxFileRow } from '../../db/outbound-views.ts';
import type { OutcomeRevision, TracedPlace, TracedRow } from '../../db/trace.ts';
import { explainIssue } from '../../domain/cftc/explain-issue.ts';
import { placeOf, sourceName } from '../../domain/swaps/event-source.ts';
import { readStoredEvent } from '../../domain/swaps/swap-event.ts';
import type { MessagePlace } from '../locate-messages.ts';

export type TraceFacts = {
  readonly outcomes: readonly OutcomeRevision[];
  readonly messages: readonly MessageRow[];
  readonly located: ReadonlyMap<string, MessagePlace>;
  readonly deliveries: readonly DeliveryRow[];
  readonly answers: readonly AnswerRow[];
  /** The message that was asked for. */
  readonly traced: string | null;
  readonly language: Language;
};

/** A place with what is kept of it, and what followed. */
export function viewTraced(place: TracedPlace, row: TracedRow, facts: TraceFacts): TracedRecord {
  const { language } = facts;
  const isOfEvent = (one: { readonly sourceId: number; readonly position: number }): boolean =>
    one.sourceId === row.sourceId && one.position === place.position;
  return {
    place: placeOf(sourceName(place.source), place.position),
    source: viewSource(place, row),
    raw: row.raw?.toString('utf8') ?? null,
    bytes: row.byteLength,
    verdict: row.verdict,
    corrects: row.corrects,
    issues: viewIssues(row.issues === null ? null : (JSON.parse(row.issues) as Issue[]), language),
    event: viewEvent(row),
    outcomes: facts.outcomes.filter(isOfEvent).map(({ revision, outcome, decidedAt, issues }) => ({
      revision,
      outcome,
      decidedAt: decidedAt.toISOString(),
      issues: viewIssues(issues, language),
    })),
    messages: facts.messages.filter(isOfEvent).map((message) => viewMessage(message, facts)),
  };
}

function viewSource({ source, position }: TracedPlace, row: TracedRow): SwapEventView['source'] {
  if (source.kind === 'feed') {
    const { feed, session } = source;
    const receivedAt = row.receivedAt?.toISOString() ?? null;
    return { kind: 'feed', feed, session, sequence: position, receivedAt };
  }
  const { name: file, revision } = source;
  const { fileName: name, line, byteOffset, byteLength } = row;
  return { kind: 'file', file, revision, name, record: position, line, byteOffset, byteLength };
}

function viewEvent({ key, kind, part, elements, acceptedAt }: TracedRow): TracedRecord['event'] {
  if (key === null || kind === null || elements === null || acceptedAt === null) return null;
  const event = readStoredEvent({ text: elements, place: '', part, contentHash: '' });
  return {
    key,
    kind,
    part,
    action: event.action,
    event: event.event,
    eventTimestamp: event.eventTimestamp,
    reportingTimestamp: event.reportingTimestamp,
    acceptedAt: acceptedAt.toISOString(),
  };
}

function viewMessage(message: MessageRow, facts: TraceFacts): TracedMessage {
  const { id, part, attempt, action, date, version, state, heldBy, resubmits, resubmittedBy } = message;
  const { corrects, obligation, issues } = message;
  const place = facts.located.get(id) ?? null;
  const answers = facts.answers.filter(({ subject }) => subject === id);
  return {
    id,
    isTraced: id === facts.traced,
    ...{
      part,
      attempt,
      action,
      date,
      version,
      state,
      heldBy,
      resubmits,
      resubmittedBy,
      corrects,
      obligation,
    },
    reportedAt: message.reportedAt.toISOString(),
    dueAt: message.dueAt?.toISOString() ?? null,
    sentAt: message.sentAt?.toISOString() ?? null,
    answeredAt: message.answeredAt?.toISOString() ?? null,
    issues: viewIssues(issues, facts.language),
    file: place && viewOutboxFile(place.file, facts),
    line: place?.line ?? null,
    answers: answers.map((answer) => viewAnswer(answer, facts.language)),
    answersLeftOut: (answers[0]?.ofSubject ?? 0) - answers.length,
  };
}

/** A file of send/ with its ways to targets, and what those say of it as a whole. */
export function viewOutboxFile(
  { name, date, version, path, rows, sha256 }: OutboxFileRow,
  { deliveries, answers, language }: Pick<TraceFacts, 'deliveries' | 'answers' | 'language'>,
): TracedFile {
  const own = deliveries.filter((one) => one.file === name && one.date === date && one.version === version);
  return {
    ...{ name, date, version, path, rows, sha256 },
    deliveries: own.map(
      ({ id, target, state, nextRecord, fileVerdict, startedAt, finishedAt, ...problem }) => ({
        ...{ id, target, state, nextRecord, fileVerdict },
        problem: sayProblem(problem, language),
        startedAt: startedAt?.toISOString() ?? null,
        finishedAt: finishedAt?.toISOString() ?? null,
      }),
    ),
    answers: answers.filter(({ subject }) => subject === name).map((answer) => viewAnswer(answer, language)),
  };
}

function sayProblem(
  { problemCode: code, problemParams: params }: Pick<DeliveryRow, 'problemCode' | 'problemParams'>,
  language: Language,
): string | null {
  return isErrorCode(code) ? describeError(code, params ?? {}, language).detail : code;
}

function viewAnswer(answer: AnswerRow, language: Language): TracedAnswer {
  const { target, session, sequence, kind, verdict, effect } = answer;
  return {
    ...{ target, session, sequence, kind, verdict, effect },
    receivedAt: answer.receivedAt.toISOString(),
    issues: viewIssues(answer.issues, language),
    raw: answer.raw.toString('utf8'),
  };
}

/** Issues of others may lack what ours have. */
function viewIssues(issues: readonly Issue[] | null, language: Language): TracedRecord['issues'] {
  if (!Array.isArray(issues)) return [];
  return (issues as readonly Partial<Issue>[]).map((given) => {
    const issue: Issue = {
      ruleId: String(given.ruleId ?? ''),
      severity: given.severity ?? 'error',
      element: given.element ?? null,
      column: given.column ?? null,
      value: given.value ?? null,
      params: given.params ?? {},
    };
    return { ...issue, message: explainIssue(issue, language) };
  });
}
