/**
 * Runs a generator up to `limit` values ahead of whoever reads it, so that both work at the same time. An error of the
 * generator reaches the reader in its place. Whoever stops early calls `return`.
 */
export async function* readAhead<Value>(
  source: AsyncGenerator<Value>,
  limit: number,
): AsyncGenerator<Value, void> {
  const asked: Promise<IteratorResult<Value>>[] = [];
  try {
    for (;;) {
      while (asked.length < limit) {
        const next = source.next();
        // It may fail before it is its turn to be waited for.
        next.catch(() => undefined);
        asked.push(next);
      }
      const { done, value } = await asked.shift()!;
      if (done) return;
      yield value;
    }
  } finally {
    await source.return(undefined);
  }
}
