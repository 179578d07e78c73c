/**
 * What became of events by the cuts alone. The ledger holds whatever has come: an event behind the cut may have changed
 * what became of one before it, and then the messages of a day would depend on when they were made.
 */
import type { Sql } from 'postgres';
import type { EventOutcome } from '../domain/swaps/fold-swap.ts';
import { applyAll } from '../domain/swaps/ledger-account.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';
import type { DayVersionRow } from './days.ts';
import { textArray } from './arrays.ts';
import { readHistory } from './ledger-reads.ts';
import { subjectId } from './ledger-subjects.ts';

/**
 * Folds subjects from the events that belong to a version of a day or to one cut before it, and from no other.
 * @returns what became of those events, by their places in the order of the fold
 */
export async function foldCuts(
  sql: Sql,
  version: DayVersionRow,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, EventOutcome>> {
  if (subjects.length === 0) return new Map();
  const [history, cut] = await Promise.all([
    readHistory(sql, subjects),
    readCutPlaces(sql, version, subjects),
  ]);
  const events = history.filter(({ sourceId, position }) => cut.has(`${sourceId}/${position}`));
  const outcomes = new Map<string, EventOutcome>();
  for (const own of Map.groupBy(events, ({ subject }) => subjectId(subject)).values()) {
    const folded = applyAll(
      own[0]!.subject.kind,
      own.map(({ event }) => event),
    );
    for (const { event, outcome } of folded.outcomes) outcomes.set(event.place, outcome);
  }
  return outcomes;
}

/** Events of subjects that were cut by then, as "source/position". */
async function readCutPlaces(
  sql: Sql,
  { cut_at }: DayVersionRow,
  subjects: readonly Subject[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ sourceId: number; position: number }[]>`
    select hist.source_id as "sourceId", hist.position
    from unnest(
      ${textArray(subjects.map(({ key }) => key))}::text[], ${textArray(subjects.map(({ kind }) => kind))}::text[]
    ) as wanted (key, kind)
    cross join lateral (
      select source_id, position from tb_on_hist where subject_key = key and subject_kind = kind offset 0
    ) as hist
    join ledger_source as source using (source_id)
    where exists (
      select from cftc_cut_file as cut
      join cftc_day using (business_date) join cftc_day_version as day using (business_date, version)
      where cut.file_id = source.file_id and cut.revision = source.revision and day.cut_at <= ${cut_at}
    ) or exists (
      select from cftc_cut_feed as cut
      join cftc_day using (business_date) join cftc_day_version as day using (business_date, version)
      where cut.feed = source.feed and cut.session = source.session and cut.sequences @> hist.position
        and day.cut_at <= ${cut_at}
    )`;
  return new Set(rows.map(({ sourceId, position }) => `${sourceId}/${position}`));
}

/** Which of these messages of part 45 other days have. */
export async function findSentBefore(
  sql: Sql,
  date: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql<{ id: string }[]>`
    select message_id as id from unnest(${textArray(ids)}::text[]) as wanted (message_id)
    join outbound_message using (message_id) where business_date <> ${date}`;
  return new Set(rows.map(({ id }) => id));
}
