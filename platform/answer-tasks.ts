/** The other side of a pool of threads (thread-pool.ts): runs in the thread. */
import { parentPort } from 'node:worker_threads';
import type { ThreadAnswer, ThreadTask } from './thread-pool.ts';

/**
 * Answers the tasks of this thread, one after the other.
 * @param work answers a task
 * @param movedOf memory of an answer that moves to the receiver instead of being copied
 */
export function answerTasks<Task, Answer>(
  work: (content: Task) => Answer,
  movedOf: (answer: Answer) => readonly ArrayBuffer[],
): void {
  parentPort!.on('message', ({ task, content }: ThreadTask<Task>) => {
    try {
      const answer = work(content);
      parentPort!.postMessage({ task, answer } satisfies ThreadAnswer<Answer>, movedOf(answer));
    } catch (error) {
      parentPort!.postMessage({ task, error: error as Error } satisfies ThreadAnswer<Answer>);
    }
  });
}
