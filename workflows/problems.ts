/** Failures of activities as rows of the error table. */
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { isErrorCode, type ErrorFacts, type ErrorParams } from '../contracts/errors.ts';

/** The row of the error table behind a failed activity that is not worth another try; null for any other error. */
export function toProblem(error: unknown): ErrorFacts | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure) || !cause.nonRetryable || !isErrorCode(cause.type)) return null;
  return { code: cause.type, params: (cause.details?.[0] ?? {}) as ErrorParams };
}
