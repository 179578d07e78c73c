/** What needs a person among targets: those that cannot be spoken to, and what was to leave at once and has not. */
import type { Sql } from 'postgres';
import type { ErrorParams } from '../contracts/errors.ts';
import { MAX_CAUSES_PER_KIND, TARGET_MINUTES, type Found } from '../contracts/exceptions.ts';
import { foundIn } from './exception-causes.ts';

/** Sessions with the same matter, by target and matter; what passes by itself is left out. */
export async function findTroubledTargets(sql: Sql): Promise<Found> {
  const rows = await sql<
    { target: string; code: string; params: ErrorParams | null; count: number; since: Date; total: number }[]
  >`
    select target, problem_code as code, (array_agg(problem_params order by problem_since))[1] as params,
      count(*) as count, min(problem_since) as since, count(*) over () as total
    from outbound_session
    where problem_code is not null and problem_since < now() - ${TARGET_MINUTES} * interval '1 minute'
    group by target, problem_code order by since, target, code limit ${MAX_CAUSES_PER_KIND}`;
  return foundIn(rows, ({ target, code, params, count, since }) => ({
    kind: 'target-trouble',
    key: `target:${target}:${code}`,
    count,
    since: since.getTime(),
    deadline: null,
    params: { reason: '', ...params, target, code },
    links: ['/v1/deliveries'],
  }));
}

/** Messages that were to leave at once, and wait for nothing but to be sent or for the verdict on their NEWT. */
export async function findUnsent(sql: Sql): Promise<Found> {
  const [row] = await sql<[{ count: number; since: Date | null; key: string | null }]>`
    select count(*) as count, min(reported_at) as since,
      (array_agg(subject_key order by reported_at, message_id))[1] as key
    from outbound_message
    where part = 43 and state = 'pending' and reported_at < now() - ${TARGET_MINUTES} * interval '1 minute'`;
  if (row.since === null) return { causes: [], total: 0 };
  const causes = [
    {
      kind: 'live-unsent' as const,
      key: 'live-unsent',
      count: row.count,
      since: row.since.getTime(),
      deadline: null,
      params: { minutes: TARGET_MINUTES, swap: row.key ?? '' },
      links: ['/v1/deliveries', `/v1/swaps/${encodeURIComponent(row.key ?? '')}`],
    },
  ];
  return { causes, total: causes.length };
}
