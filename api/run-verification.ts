/** Proofs in a thread beside the API's event loop, which they would hold up for as long as they take. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { isErrorCode, TainError, type ErrorParams } from '../contracts/errors.ts';
import type { VerificationReport } from '../contracts/verification.ts';

export type VerificationOrder = {
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** "2026-11-21" */
  readonly date: string;
};

export type VerificationAnswer =
  | { readonly report: VerificationReport }
  | { readonly error: string; readonly code: string | null; readonly params: ErrorParams | null };

const THREAD = path.join(import.meta.dirname, 'verification-worker.ts');

/**
 * Proves a day. Aborting ends the thread, and with it its connection.
 * @throws what the proof threw, with its code; Error when it was ended
 */
export async function runVerification(
  order: VerificationOrder,
  signal: AbortSignal,
): Promise<VerificationReport> {
  signal.throwIfAborted();
  const worker = new Worker(THREAD, { workerData: order });
  const end = (): void => void worker.terminate();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', (answer: VerificationAnswer) => {
        if ('report' in answer) resolve(answer.report);
        else reject(toError(answer));
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The proof ended without an answer.')));
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function toError({ error, code, params }: Extract<VerificationAnswer, { error: string }>): Error {
  if (isErrorCode(code)) return new TainError(code, params ?? {});
  return Object.assign(new Error(error), code === null ? {} : { code });
}
