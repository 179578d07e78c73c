/** What others cost us: how often they are asked, and how long they are waited for. */

/**
 * Asks once for all who want to know at the same time, and lets its answer, or its failure, stand for a while.
 * @param ageMs how long after its end
 */
export function askSeldom<Answer>(ageMs: number, ask: () => Promise<Answer>): () => Promise<Answer> {
  let last: Promise<Answer> | null = null;
  const forget = (): void => void setTimeout(() => (last = null), ageMs).unref();
  return () => {
    if (last === null) {
      last = ask();
      last.then(forget, forget);
    }
    return last;
  };
}

/** The answer, or what stands for it when none has come within `ms`. What fails, fails. */
export async function waitAtMost<Answer, Late>(
  ms: number,
  answer: PromiseLike<Answer>,
  late: Late,
): Promise<Answer | Late> {
  let timer: NodeJS.Timeout | undefined;
  const giveUp = new Promise<Late>((resolve) => {
    timer = setTimeout(() => resolve(late), ms);
  });
  try {
    return await Promise.race([answer, giveUp]);
  } finally {
    clearTimeout(timer);
  }
}
