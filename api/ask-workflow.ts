/** Asking a workflow to do something while a person waits for the answer. */
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { isErrorCode, TainError, type ErrorParams } from '../contracts/errors.ts';

/** A person waits; a workflow answers within tens of milliseconds, if the machine has nothing else to do. */
const DEADLINE_MS = 5000;

/**
 * Waits for the answer of an update.
 * @param ask sends it
 * @param unattended what is said when Temporal or the worker does not answer within so many seconds
 * @throws TainError what the workflow refuses, as it says it; `unattended`
 */
export async function askWorkflow<Result>(
  client: Client,
  ask: () => Promise<Result>,
  unattended: (seconds: number, options: ErrorOptions) => TainError,
  deadlineMs = DEADLINE_MS,
): Promise<Result> {
  try {
    return await client.withDeadline(Date.now() + deadlineMs, ask);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw asRefusal(error);
    const isAway =
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
      error instanceof WorkflowNotFoundError ||
      isGrpcServiceError(error) ||
      isGrpcServiceError((error as Error).cause);
    if (!isAway) throw error;
    throw unattended(deadlineMs / 1000, { cause: error });
  }
}

/** The error of the table that the workflow failed with; anything else is ours to explain. */
function asRefusal(error: WorkflowUpdateFailedError): Error {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ApplicationFailure && isErrorCode(cause.type))
      return new TainError(cause.type, (cause.details?.[0] ?? {}) as ErrorParams, { cause: error });
  return error;
}
