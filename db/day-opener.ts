/** Queries on day_opener: what the opener of days goes by, and what keeps it from opening any. */
import type { Sql } from 'postgres';
import type { ErrorFacts, ErrorParams } from '../contracts/errors.ts';
import type { DaySettings } from '../domain/cftc-day/day-settings.ts';

type OpenerSettings = Pick<DaySettings, 'calendar' | 'zone' | 'cut'>;

type OpenerRow = {
  readonly calendar: string | null;
  readonly zone: string | null;
  readonly cut_minute: number | null;
  readonly known_since: Date | null;
  readonly problem_code: string | null;
  readonly problem_params: ErrorParams | null;
  readonly problem_since: Date | null;
};

export async function readOpener(sql: Sql): Promise<OpenerRow> {
  const [row] = await sql<OpenerRow[]>`select * from day_opener`;
  return row!;
}

/**
 * Notes what the opener goes by, and that nothing keeps it from opening days.
 * @param settings null: nobody opens any here
 */
export async function noteOpener(sql: Sql, settings: OpenerSettings | null): Promise<void> {
  await sql`
    update day_opener set calendar = ${settings?.calendar ?? null}, zone = ${settings?.zone ?? null},
      cut_minute = ${settings?.cut ?? null},
      known_since = ${settings === null ? null : sql`coalesce(known_since, now())`},
      problem_code = null, problem_params = null, problem_since = null`;
}

/** Notes what keeps the opener from opening days; the same problem keeps its beginning. */
export async function noteOpenerProblem(sql: Sql, { code, params }: ErrorFacts): Promise<void> {
  await sql`
    update day_opener set problem_code = ${code}, problem_params = ${sql.json(params)},
      problem_since = case when problem_code = ${code} then problem_since else now() end`;
}
