/** A replay in a thread of its own: it takes as long as the days that it goes through. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DayReplay, ReplayNews, ReplayOrder } from '../contracts/day-replay.ts';
import { TainError } from '../contracts/errors.ts';

const THREAD = path.join(import.meta.dirname, '../workers/day-replay.ts');

type Progress = Extract<ReplayNews, { progress: unknown }>['progress'];

/**
 * Replays a day. An interrupt lets it clear up what it made, a second one does not.
 * @throws what the replay threw, TainError with its code
 */
export async function runReplay(
  order: ReplayOrder,
  onProgress: (progress: Progress) => void,
): Promise<DayReplay> {
  const worker = new Worker(THREAD, { workerData: order });
  const stop = (): void => worker.postMessage('stop');
  process.once('SIGINT', stop);
  try {
    return await new Promise((resolve, reject) => {
      worker.on('message', (news: ReplayNews) => {
        if ('progress' in news) onProgress(news.progress);
        else if ('replay' in news) resolve(news.replay);
        else reject(news.code === null ? new Error(news.error) : new TainError(news.code, news.params));
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The replay ended without an answer.')));
    });
  } finally {
    process.removeListener('SIGINT', stop);
  }
}
