/** Errors of the table as Temporal failures: the type is the code, retried or not as its row says. */
import { ApplicationFailure } from '@temporalio/common';
import { ERRORS, TainError } from '../contracts/errors.ts';

const MAX_MESSAGE_LENGTH = 1000;

/** Turns a TainError into the failure of the same code; anything else passes through and is retried. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof TainError)) return error;
  return ApplicationFailure.create({
    type: error.code,
    // Long messages, and long runs of blanks above all, cost the failure converter seconds.
    message: error.message.replaceAll(/\s+/g, ' ').slice(0, MAX_MESSAGE_LENGTH).toWellFormed(),
    nonRetryable: !ERRORS[error.code].retryable,
    details: [error.params],
    // A file that cannot be read is an answer, not an incident: it stays out of the error metrics.
    ...(ERRORS[error.code].httpStatus < 500 && { category: 'BENIGN' }),
  });
}

/** Wraps every activity of a set, so that none forgets the error table. */
export function withFailures<Activities extends Record<string, (...args: never[]) => Promise<unknown>>>(
  activities: Activities,
): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      try {
        return await activity(...args);
      } catch (error) {
        throw toFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}
