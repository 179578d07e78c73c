/** The pace of batch work as the governor says it, for the loops of activities. */
import { readGovernor, overrideAt } from '../db/governor.ts';
import { GOVERNOR_POLICY } from '../domain/governor/policy.ts';
import { trustedPace, type PaceClass } from '../domain/governor/trusted-pace.ts';
import { createPace, type Pace } from '../platform/pace.ts';
import type { Sql } from '../platform/postgres.ts';

/** One per process and class of work: what shares it is paced together. */
export function createBatchPace(sql: Sql, which: PaceClass = 'batch'): Pace {
  return createPace({
    fallback: GOVERNOR_POLICY.heldPace,
    async read() {
      const row = await readGovernor(sql);
      return trustedPace(
        {
          batchPace: row.batch_pace,
          backgroundPace: row.background_pace,
          lookedMs: row.looked_at && row.now.getTime() - row.looked_at.getTime(),
          forced: overrideAt(row)?.kind ?? null,
        },
        which,
        GOVERNOR_POLICY,
      );
    },
  });
}
