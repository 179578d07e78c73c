/** Messages, deliveries and answers as the API shows them, with their words in the language of the answer. */
import { isErrorCode, type ErrorParams } from '../../contracts/errors.ts';
import type { Issue } from '../../contracts/issues.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { LIVE_SESSION } from '../../contracts/outbound.ts';
import type { DeliveryList, DeliveryView, OutboundMessageView } from '../../contracts/outbound.schema.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { DeliveryOverview } from '../../db/deliveries.ts';
import { describeBlocking } from '../../db/delivery-order.ts';
import type { MessageDetail } from '../../db/outbound-messages.ts';
import type { SessionRow } from '../../db/outbound-sessions.ts';
import { explainIssue } from '../../domain/cftc/explain-issue.ts';
import { outgoingValues } from '../../domain/outbound/outgoing-values.ts';
import { readRecord } from '../../domain/swaps/record-text.ts';

type Troubled = { readonly problem_code: string | null; readonly problem_params: ErrorParams | null };

function viewProblem({ problem_code: code, problem_params: params }: Troubled, language: Language) {
  if (!isErrorCode(code)) return null;
  const { detail, help } = describeError(code, params ?? {}, language);
  return { code, detail, help };
}

const viewInstant = (at: Date | null): string | null => at?.toISOString() ?? null;

/** What is the matter with a delivery: what it waits for, or what stopped it. */
function troubleOf(row: DeliveryOverview): Troubled {
  const blocked = describeBlocking(row.before);
  return blocked === null ? row : { problem_code: blocked.code, problem_params: blocked.params };
}

export function viewDelivery(row: DeliveryOverview, language: Language): DeliveryView {
  return {
    id: row.delivery_id,
    businessDate: row.business_date,
    version: row.version,
    file: row.file_name,
    kind: row.kind,
    assetClass: row.asset_class,
    target: row.target,
    state: row.state,
    fileVerdict: row.file_verdict,
    records: row.row_count,
    sent: row.sent,
    acknowledged: row.acknowledged,
    refused: row.refused,
    open: row.open,
    nextDueAt: viewInstant(row.next_due),
    startedAt: viewInstant(row.started_at),
    finishedAt: viewInstant(row.finished_at),
    problem: viewProblem(troubleOf(row), language),
    workflowId: LIFECYCLES.delivery.workflowId(row.delivery_id),
  };
}

/** Sessions of deliveries that are well are told of with their deliveries. */
export const viewSessions = (rows: readonly SessionRow[], language: Language): DeliveryList['sessions'] =>
  rows
    .filter(({ session, problem_code }) => session === LIVE_SESSION || problem_code !== null)
    .map((row) => ({
      target: row.target,
      session: row.session,
      nextAnswer: row.next_answer,
      seenAt: viewInstant(row.seen_at),
      problem: viewProblem(row, language),
    }));

export function viewOutboundMessage(message: MessageDetail, language: Language): OutboundMessageView {
  const record = readRecord(message.elements ?? message.event);
  const elements = outgoingValues(record, message.submitter, message.reported_at.getTime());
  return {
    id: message.message_id,
    part: message.part,
    kind: message.kind,
    assetClass: message.asset_class,
    subject: { kind: message.subject_kind, key: message.subject_key },
    action: message.action,
    event: message.place,
    attempt: message.attempt,
    state: message.state,
    heldBy: message.held_by,
    resubmits: message.resubmits,
    resubmittedBy: message.resubmitted_by,
    corrects: message.corrects,
    reason: message.reason,
    businessDate: message.business_date,
    delivery: message.delivery_id,
    dueAt: viewInstant(message.due_at),
    acceptedAt: message.accepted_at.toISOString(),
    sentAt: viewInstant(message.sent_at),
    receivedAt: viewInstant(message.received_at),
    answeredAt: viewInstant(message.answered_at),
    givenUpAt: viewInstant(message.given_up_at),
    issues: (message.issues ?? []).map((issue: Issue) => ({
      ...issue,
      message: explainIssue(issue, language),
    })),
    elements: elements as OutboundMessageView['elements'],
    answers: message.answers.map(({ received_at, ...answer }) => ({
      ...answer,
      receivedAt: received_at.toISOString(),
    })),
  };
}
