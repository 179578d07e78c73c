/**
 * Queries on outbound_answer: what targets answered, byte for byte, and what it did. The answer, the states that it
 * changes and the place behind which reading goes on are one transaction.
 */
import type { Sql, TransactionSql } from 'postgres';
import { BY_DELIVERY } from '../contracts/audit.ts';
import {
  LIVE_SESSION,
  type AnswerEffect,
  type MessageState,
  type OutboundAnswer,
} from '../contracts/outbound.ts';
import { answerFile, answerMessage } from '../domain/outbound/message-state.ts';
import { appendAudit } from './audit.ts';
import { hexArray, joinTexts, numberArray, SEPARATOR, textArray } from './arrays.ts';
import { holdSession, type SessionAttempt } from './outbound-sessions.ts';
import { holdFollowers, lockAnswers, releaseFollowers } from './outbound-holds.ts';

export type StoredAnswer = {
  readonly session: string;
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly bytes: Uint8Array;
  readonly answer: OutboundAnswer;
};

export type AnswerResult = {
  /** Answers that were not stored before. */
  readonly stored: number;
  /** Messages that are known to have been received from now on. */
  readonly received: readonly string[];
  /** Messages that have their verdict from now on. */
  readonly answered: number;
};

type MessageRow = {
  readonly message_id: string;
  readonly state: MessageState;
  readonly received: boolean;
  readonly givenUp?: boolean;
};
type Change = MessageRow & {
  /** When the first of the answers was here, and the verdict; null: none was among them. Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly answeredAt: number | null;
  readonly issues: string | null;
  /** What the session that it was answered over delivers; null: none. */
  readonly deliveryId: string | null;
};
type Judged = StoredAnswer & { readonly effect: AnswerEffect };

/**
 * Stores answers and what they change. Safe to repeat: an answer is known by its place.
 * @param deliveryId what the session delivers: what was sent over it by an attempt that could not say so went with it
 * @throws TainError outbound.superseded when another attempt has the session
 */
export async function storeAnswers(
  sql: Sql,
  attempt: SessionAttempt,
  answers: readonly StoredAnswer[],
  deliveryId: string | null = null,
): Promise<AnswerResult> {
  return sql.begin(async (tx) => {
    await holdSession(tx, attempt);
    await lockAnswers(tx);
    const fresh = await sortOut(tx, attempt.target, answers);
    const subjects = fresh.map(({ answer }) => answer.subject).filter((subject) => subject !== null);
    const messages = await readMessages(tx, attempt.target, subjects);
    const files = await readFiles(tx, attempt.target, subjects);
    const changes = new Map<string, Change>();
    const judged = fresh.map((one): Judged => ({
      ...one,
      effect: judge(one, one.session === attempt.session ? deliveryId : null, { messages, files, changes }),
    }));
    await writeAnswers(tx, attempt, judged);
    await writeMessages(tx, [...changes.values()]);
    for (const [file, { verdict, changed }] of files)
      if (changed)
        await tx`update delivery set file_verdict = ${verdict} where target = ${attempt.target} and file_name = ${file}`;
    await holdFollowers(tx, idsOf(changes, 'refused'));
    await releaseFollowers(tx, idsOf(changes, 'acknowledged'));
    await auditContradictions(tx, attempt, judged);
    const received = [...changes.values()]
      .filter((change) => change.received)
      .map((change) => change.message_id);
    const answered = [...changes.values()].filter((change) => change.answeredAt !== null).length;
    return { stored: fresh.length, received, answered };
  });
}

const idsOf = (changes: ReadonlyMap<string, Change>, state: MessageState): string[] =>
  [...changes.values()].filter((change) => change.state === state).map(({ message_id }) => message_id);

/** Answers that are not stored yet, each once. */
async function sortOut(
  tx: TransactionSql,
  target: string,
  answers: readonly StoredAnswer[],
): Promise<StoredAnswer[]> {
  const known = await tx<{ session: string; sequence: number }[]>`
    select session, sequence from outbound_answer
    join unnest(
      ${textArray(answers.map(({ session }) => session))}::text[],
      ${numberArray(answers.map(({ sequence }) => sequence))}::bigint[]
    ) as given (given_session, given_sequence) on session = given_session and sequence = given_sequence
    where target = ${target}`;
  const places = new Set(known.map(({ session, sequence }) => `${session}/${sequence}`));
  return answers.filter(({ session, sequence }) => {
    const place = `${session}/${sequence}`;
    return !places.has(place) && places.add(place);
  });
}

/** Messages that went to a target, or may have: of those of another one it has nothing to say. */
async function readMessages(
  tx: TransactionSql,
  target: string,
  subjects: readonly string[],
): Promise<Map<string, MessageRow>> {
  const rows = await tx<MessageRow[]>`
    select message_id, state, received_at is not null as received, given_up_at is not null as "givenUp"
    from outbound_message as message
    where message_id = any(${textArray(subjects)}::text[]) and case
      when part = 43 then exists (
        select from outbound_session where target = ${target} and session = ${LIVE_SESSION})
      when delivery_id is null then leaves_on is null or exists (
        select from delivery where business_date = message.leaves_on and version = message.leaves_version
          and delivery.target = ${target})
      else exists (
        select from delivery where delivery.delivery_id = message.delivery_id and delivery.target = ${target}) end
    order by message_id for no key update`;
  return new Map(rows.map((row) => [row.message_id, row]));
}

type FileVerdict = { verdict: 'accepted' | 'refused' | null; changed: boolean };

async function readFiles(
  tx: TransactionSql,
  target: string,
  subjects: readonly string[],
): Promise<Map<string, FileVerdict>> {
  const rows = await tx<{ file: string; verdict: FileVerdict['verdict'] }[]>`
    select file_name as file, file_verdict as verdict from delivery
    where target = ${target} and file_name = any(${textArray(subjects)}::text[]) order by delivery_id for no key update`;
  return new Map(rows.map(({ file, verdict }) => [file, { verdict, changed: false }]));
}

type Known = {
  readonly messages: Map<string, MessageRow>;
  readonly files: ReadonlyMap<string, FileVerdict>;
  readonly changes: Map<string, Change>;
};

/** What an answer does, and notes it for the answers behind it. */
function judge(
  { answer, receivedAt }: StoredAnswer,
  deliveryId: string | null,
  { messages, files, changes }: Known,
): AnswerEffect {
  if (answer.kind === 'unreadable') return 'unknown';
  const file = files.get(answer.subject);
  if (answer.kind === 'file') {
    if (file === undefined) return 'unknown';
    const { verdict, effect } = answerFile(file.verdict, answer.verdict);
    if (effect === 'applied') Object.assign(file, { verdict, changed: true });
    return effect;
  }
  const known = messages.get(answer.subject);
  // That a file came over the session is worth keeping, and changes nothing.
  if (known === undefined) return file !== undefined && answer.kind === 'receipt' ? 'applied' : 'unknown';
  const { facts, effect } = answerMessage(known, answer);
  if (effect !== 'applied') return effect;
  const now = { message_id: known.message_id, ...facts };
  messages.set(known.message_id, now);
  const before = changes.get(known.message_id);
  const isVerdict = answer.kind === 'record';
  changes.set(known.message_id, {
    ...now,
    receivedAt: before?.receivedAt ?? receivedAt,
    answeredAt: isVerdict ? receivedAt : (before?.answeredAt ?? null),
    issues: isVerdict && answer.issues.length > 0 ? JSON.stringify(answer.issues) : (before?.issues ?? null),
    deliveryId: before?.deliveryId ?? deliveryId,
  });
  return effect;
}

async function writeAnswers(
  tx: TransactionSql,
  { target, session }: SessionAttempt,
  answers: readonly Judged[],
): Promise<void> {
  if (answers.length === 0) return;
  const issues = answers.map(({ answer }) =>
    answer.issues.length === 0 ? null : JSON.stringify(answer.issues),
  );
  await tx`
    insert into outbound_answer (target, session, sequence, received_at, raw, kind, subject, verdict, effect, issues)
    select ${target}, session, sequence, to_timestamp(received_at), raw, kind, subject, verdict, effect, issues::json
    from unnest(
      ${textArray(answers.map((one) => one.session))}::text[],
      ${numberArray(answers.map(({ sequence }) => sequence))}::bigint[],
      ${numberArray(answers.map(({ receivedAt }) => receivedAt / 1000))}::float8[],
      ${hexArray(answers.map(({ bytes }) => Buffer.from(bytes).toString('hex')))}::bytea[],
      ${textArray(answers.map(({ answer }) => answer.kind))}::text[],
      ${textArray(answers.map(({ answer }) => answer.subject))}::text[],
      ${textArray(answers.map(({ answer }) => answer.verdict))}::text[],
      ${textArray(answers.map(({ effect }) => effect))}::text[],
      string_to_array(${joinTexts(issues)}, ${SEPARATOR}, '')
    ) as new (session, sequence, received_at, raw, kind, subject, verdict, effect, issues)`;
  const own = answers.filter((one) => one.session === session).map(({ sequence }) => sequence);
  if (own.length === 0) return;
  await tx`
    update outbound_session set next_answer = greatest(next_answer, ${own.reduce((a, b) => Math.max(a, b)) + 1}),
      seen_at = now()
    where target = ${target} and session = ${session}`;
}

/**
 * An answer counts from when it was here: the database may have been away when a message was due, and when it was to be
 * noted that one was sent, which was not later.
 */
async function writeMessages(tx: TransactionSql, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await tx`
    update outbound_message set
      state = new.state, held_by = case when new.state = 'held' then held_by end,
      sent_at = coalesce(sent_at, to_timestamp(new.received_at)),
      delivery_id = coalesce(outbound_message.delivery_id, new.delivery_id),
      received_at = coalesce(outbound_message.received_at, to_timestamp(new.received_at)),
      answered_at = coalesce(outbound_message.answered_at, to_timestamp(new.answered_at)),
      given_up_at = case when new.answered_at is null then outbound_message.given_up_at end,
      issues = case when new.answered_at is null then outbound_message.issues else new.issues::json end
    from unnest(
      ${textArray(changes.map(({ message_id }) => message_id))}::text[],
      ${textArray(changes.map(({ state }) => state))}::text[],
      ${numberArray(changes.map(({ receivedAt }) => receivedAt / 1000))}::float8[],
      ${numberArray(changes.map(({ answeredAt }) => answeredAt && answeredAt / 1000))}::float8[],
      string_to_array(${joinTexts(changes.map(({ issues }) => issues))}, ${SEPARATOR}, ''),
      ${textArray(changes.map(({ deliveryId }) => deliveryId))}::text[]
    ) as new (message_id, state, received_at, answered_at, issues, delivery_id)
    where outbound_message.message_id = new.message_id`;
}

async function auditContradictions(
  tx: TransactionSql,
  { target }: SessionAttempt,
  answers: readonly Judged[],
): Promise<void> {
  for (const { effect, answer, session, sequence } of answers) {
    if (effect !== 'contradicts') continue;
    const after = { target, session, sequence, verdict: answer.verdict };
    await appendAudit(tx, {
      ...BY_DELIVERY,
      action: 'outbound.contradicted',
      subject: answer.subject!,
      after,
    });
  }
}
