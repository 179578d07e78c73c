/** Asking for a report: checked, then accepted by its workflow while the asker waits; the same request finds the same one. */
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import type { Actor } from '../contracts/audit.ts';
import { TainError } from '../contracts/errors.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import {
  ACCEPT_REPORT,
  type AcceptedOrder,
  type ReportKind,
  type ReportOrder,
} from '../contracts/on-demand-report.ts';
import type { Role } from '../contracts/policy.ts';
import { isDayCut } from '../db/report-known.ts';
import {
  endReport,
  findOpenReport,
  findReport,
  hashRequest,
  markKnown,
  markKnownAt,
  reportIdOf,
  type ReportRow,
} from '../db/reports.ts';
import { checkOrder, type Asked } from '../domain/reports/check-order.ts';
import { REPORTS } from '../domain/reports/definitions.ts';
import type { Sql } from '../platform/postgres.ts';
import { orderLifecycle } from '../platform/temporal.ts';

/** A person waits. */
const DEADLINE_MS = 5000;

/**
 * Finds the report of a request, or has it made. One that is being made is found, and one that is ready as long as
 * nothing became known since; where more is known, or nothing is left of it, it is made anew.
 * @throws TainError `request.invalid` naming the fields; `report.kind-forbidden`; `report.day-not-cut`;
 *   `report.unattended` when no worker takes it on in time
 */
export async function orderReport(
  { sql, client }: { sql: Sql; client: Client },
  asked: Asked,
  by: Actor,
): Promise<ReportRow> {
  checkRole(asked.kind, by.role);
  const checked = checkOrder(asked);
  if ('problems' in checked) {
    const detail = checked.problems.map(({ field, message }) => `body.${field}: ${message}`).join('; ');
    throw new TainError('request.invalid', { detail });
  }
  const { order } = checked;
  if (order.knownAt !== null && !(await isDayCut(sql, order.knownAt)))
    throw new TainError('report.day-not-cut', { day: order.knownAt });

  const requestHash = hashRequest(order, by.actor);
  const open = await findOpenReport(sql, requestHash);
  if (open !== null) {
    if (await isAtWork(client, open)) return open;
    await endReport(sql, open.report_id, null, null, open.attempt);
  }
  const reportId = reportIdOf(requestHash, await markOf(sql, order));
  const known = await findReport(sql, reportId);
  if (known?.state === 'ready') return known;
  await accept(client, {
    reportId,
    requestHash,
    attempt: 1 + (known?.attempt ?? 0),
    order,
    owner: by.actor,
    role: by.role,
  });
  return (await findReport(sql, reportId))!;
}

/** @throws TainError `report.kind-forbidden` when reports of the kind are not for the role */
export function checkRole(kind: ReportKind, role: Role): void {
  const { roles } = REPORTS[kind];
  if (!roles.includes(role))
    throw new TainError('report.kind-forbidden', { role, kind, roles: roles.join(', ') });
}

/** A state as it was known at a cut stays what it is; events of a period are told with what became of them by now. */
const markOf = (sql: Sql, { kind, knownAt }: ReportOrder): Promise<string> =>
  knownAt !== null && REPORTS[kind].takes === 'state' ? markKnownAt(sql, knownAt) : markKnown(sql);

/** Is the run of a report at work? Not when somebody has ended it; when nobody can tell, it is taken to be. */
async function isAtWork(client: Client, { report_id, attempt }: ReportRow): Promise<boolean> {
  const handle = client.workflow.getHandle(LIFECYCLES.onDemandReport.workflowId(report_id, attempt));
  try {
    const { status } = await client.withDeadline(Date.now() + DEADLINE_MS, () => handle.describe());
    return status.name === 'RUNNING';
  } catch (error) {
    return !(error instanceof WorkflowNotFoundError);
  }
}

async function accept(client: Client, accepted: AcceptedOrder): Promise<void> {
  const { reportId, attempt, order } = accepted;
  try {
    await orderLifecycle(client, 'onDemandReport', {
      workflowId: LIFECYCLES.onDemandReport.workflowId(reportId, attempt),
      args: [{ reportId }],
      summary: summarise(order, accepted.owner),
      update: ACCEPT_REPORT,
      updateId: `${ACCEPT_REPORT}-${attempt}`,
      updateArgs: [accepted],
      deadlineMs: DEADLINE_MS,
    });
  } catch (error) {
    const isAway =
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
      isGrpcServiceError(error) ||
      isGrpcServiceError((error as Error).cause);
    if (!isAway) throw error;
    throw new TainError('report.unattended', { seconds: DEADLINE_MS / 1000 }, { cause: error });
  }
}

const summarise = ({ kind, asOf, from, to }: ReportOrder, owner: string): string =>
  `${kind} of ${asOf ?? `${from} to ${to}`} for ${owner}`;
