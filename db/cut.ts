/**
 * The cut of a day: which accepted events belong to it. Of every file a whole revision, of every session of a feed ranges
 * of sequence numbers; the primary keys let no event belong to two days. See docs/decisions/0033-cftc-day.md.
 */
import type { Sql, TransactionSql } from 'postgres';
import { BY_CFTC_DAY } from '../contracts/audit.ts';
import { auditDay, findVersion, lockDay, type DayRow, type DayVersionRow } from './days.ts';

const SECOND = 1000;
/** So long lies between two cuts: room for the seconds by which messages of a swap are told apart. */
const SECONDS_BETWEEN_CUTS = 60;

/** What the messages of a cut are made with. */
export type CutBasis = Pick<
  DayVersionRow,
  'submitter' | 'rule_set_version' | 'register_version' | 'catalogue_hash'
>;

export type CutResult =
  | { readonly kind: 'cut'; readonly version: DayVersionRow }
  /** The cut before was a moment ago. */
  | { readonly kind: 'too-soon'; readonly waitMs: number }
  /** Somebody has decided otherwise meanwhile. */
  | { readonly kind: 'not-open' };

/**
 * Cuts a day in one transaction. Safe to repeat: a version is cut once, and what it has is not taken again.
 * Takes every published submission file of the date or before that no day has, and of every session all journalled
 * numbers that no day has: a gap that is open now belongs to the day that is cut when it is filled, and a file that does
 * not agree with the ledger to the day by which it does.
 * @param now an instant; the cut is as of its second
 */
export async function cutDay(sql: Sql, date: string, basis: CutBasis, now: number): Promise<CutResult> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('cftc.cut'))`;
    const day = await lockDay(tx, date);
    const known = await findVersion(tx, day);
    if (known !== null) return { kind: 'cut', version: known };
    if (day.state !== 'open') return { kind: 'not-open' };
    const [last] = await tx<[{ at: Date | null }]>`select max(cut_at) as at from cftc_day_version`;
    const earliest = last.at === null ? -Infinity : last.at.getTime() + SECONDS_BETWEEN_CUTS * SECOND;
    const cutAt = Math.floor(now / SECOND) * SECOND;
    if (cutAt < earliest) return { kind: 'too-soon', waitMs: earliest - now };

    // Batches of feeds move these rows: until we commit, none of them does.
    await tx`select from feed order by feed for no key update`;
    const files = await takeFiles(tx, day);
    const sessions = await takeSessions(tx, day);
    await tx`
      insert into cftc_day_version (business_date, version, cut_at, cut_by, submitter, rule_set_version,
        register_version, catalogue_hash)
      values (${date}, ${day.version}, ${new Date(cutAt)}, ${BY_CFTC_DAY.actor}, ${basis.submitter},
        ${basis.rule_set_version}, ${basis.register_version}, ${basis.catalogue_hash})`;
    await tx`
      update cftc_day set state = 'cut', problem_code = null, problem_params = null where business_date = ${date}`;
    const after = { version: day.version, cutAt: new Date(cutAt).toISOString(), files, sessions };
    await auditDay(tx, 'day.cut', date, { by: BY_CFTC_DAY, after });
    return { kind: 'cut', version: (await findVersion(tx, day))! };
  });
}

async function takeFiles(tx: TransactionSql, { business_date: date, version }: DayRow): Promise<number> {
  const taken = await tx`
    insert into cftc_cut_file (file_id, revision, business_date, since_version)
    select file_id, revision, ${date}, ${version} from tb_bat_file_mst as file
    where state = 'published' and format = 'submission' and folder_date <= ${date}
      and (applied_at is not null or problem_code is distinct from 'file.ledger-disagrees')
      and not exists (
        select from cftc_cut_file as cut where cut.file_id = file.file_id and cut.revision = file.revision)`;
  return taken.count;
}

/** Sessions are found one by one in the order of the journal's key, whose rows are too many to be looked through. */
async function takeSessions(tx: TransactionSql, { business_date: date, version }: DayRow): Promise<number> {
  const taken = await tx`
    with recursive label as (
      select feed, (select min(session) from feed_journal as j where j.feed = feed.feed) as session from feed
      union all
      select feed, (
        select min(session) from feed_journal as j where j.feed = label.feed and j.session > label.session)
      from label where session is not null
    ), journalled as (
      select feed, session,
        (select max(sequence) from feed_journal as j where j.feed = label.feed and j.session = label.session) as last
      from label where session is not null
    ), fresh as (
      select feed, session,
        int8multirange(int8range(1, last + 1))
          - coalesce((
              select range_agg(int8range(from_sequence, to_sequence)) from feed_gap as gap
              where gap.feed = journalled.feed and gap.session = journalled.session and filled_at is null
            ), '{}')
          - coalesce((
              select range_agg(sequences) from cftc_cut_feed as cut
              where cut.feed = journalled.feed and cut.session = journalled.session
            ), '{}') as sequences
      from journalled
    )
    insert into cftc_cut_feed (feed, session, business_date, since_version, sequences)
    select feed, session, ${date}, ${version}, sequences from fresh where not isempty(sequences)`;
  return taken.count;
}

export type CutFile = {
  /** Public id. */
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly sha256: string;
  readonly accepted: number;
  /** Are all of its events in the ledger? */
  readonly isApplied: boolean;
};

/** The files of a day's cut, by id. */
export async function listCutFiles(sql: Sql | TransactionSql, date: string): Promise<CutFile[]> {
  return sql<CutFile[]>`
    select to_char(folder_date, 'YYYYMMDD') || '-' || left(sha256, 32) as id, file_name as name, cut.revision, sha256,
      accepted_count as accepted, applied_at is not null as "isApplied"
    from cftc_cut_file as cut join tb_bat_file_mst as file using (file_id)
    where business_date = ${date} order by id, cut.revision`;
}

export type CutSession = {
  readonly feed: string;
  readonly session: string;
  /** Sequence numbers, like "{[1,101),[103,200)}". */
  readonly sequences: string;
};

/** The sessions of a day's cut, by name. */
export async function listCutSessions(sql: Sql | TransactionSql, date: string): Promise<CutSession[]> {
  return sql<CutSession[]>`
    select feed, session, range_agg(sequences)::text as sequences from cftc_cut_feed
    where business_date = ${date} group by feed, session order by feed, session`;
}

/** Files of a day's cut whose events are not all in the ledger yet. */
export async function listStragglers(sql: Sql, date: string): Promise<string[]> {
  return (await listCutFiles(sql, date)).filter(({ isApplied }) => !isApplied).map(({ name }) => name);
}
