/**
 * A day built again from its raw records: every cut up to it is judged, folded and made into messages by the code that
 * made the day, in a scratch schema; then its files are written and compared. Facts that are set once are taken as they
 * are stored: the cuts and their times, the submitter, and what others decided about messages that had left.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DayReplay, ReplayWish } from '../contracts/day-replay.ts';
import { countsOf, findVersion, type DayVersionRow } from '../db/days.ts';
import { registersOf } from '../db/registers.ts';
import {
  compareMessages,
  findRecordPlaces,
  listStoredFiles,
  type MessageDifference,
} from '../db/replay-differences.ts';
import { analyzeReplay, createReplaySchema, dropDeadReplays, listReplays } from '../db/replay-schema.ts';
import * as versions from '../db/replay-versions.ts';
import type { Tables } from '../domain/cftc/built-in-tables.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import { RULE_SET_VERSION } from '../domain/cftc/elements.ts';
import { createMessageChoice } from '../domain/cftc-day/message-choice.ts';
import { placeOf } from '../domain/swaps/event-source.ts';
import type { Sql } from '../platform/postgres.ts';
import { writeDayFiles } from './cftc-day-files.ts';
import { cutMessages } from './cftc-day-messages.ts';
import { compareDayFiles } from './day-replay-files.ts';
import { createFindings, type Findings } from './day-replay-findings.ts';
import { replayRecords } from './day-replay-records.ts';

export type ReplayProgress = { readonly step: string; readonly done: number; readonly of: number };

export type ReplayRequest = ReplayWish & {
  /** Of the database itself; it reads, and makes and drops scratch schemas. At least two connections. */
  readonly sql: Sql;
  /** Opens a pool that looks names up in one schema alone. */
  readonly connect: (schema: string) => Sql;
  readonly tables: Tables;
  readonly dataDir: string;
  /** The folder of all replays; each has one of its own in it, while it lasts. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReplayProgress) => void;
};

/**
 * Builds a day again and says what is not the same. Leaves nothing behind: what a killed one left is cleared by the next.
 * @throws TainError day.not-found, day.version-unknown, day.not-written, day.submitter-missing, day.reporting-times,
 *   register.unknown, day.folder-unwritable
 * @throws the signal's reason when it is aborted
 */
export async function replayDay(request: ReplayRequest): Promise<DayReplay> {
  const { sql, workDir } = request;
  await clearDead(sql, workDir);
  const version = await versions.requireWritten(sql, request.date, request.version);
  const schema = await createReplaySchema(sql);
  const own = path.join(workDir, schema.name);
  const scratch = request.connect(schema.name);
  try {
    await mkdir(own, { recursive: true });
    return await replayIn(scratch, { ...request, workDir: own }, version);
  } finally {
    await scratch.end({ timeout: 5 });
    await schema.drop();
    await rm(own, { recursive: true, force: true });
  }
}

/** Drops what killed replays left. */
async function clearDead(sql: Sql, workDir: string): Promise<void> {
  await dropDeadReplays(sql);
  const folders = await readdir(workDir).catch(() => []);
  const alive = new Set(await listReplays(sql));
  for (const name of folders)
    if (!alive.has(name)) await rm(path.join(workDir, name), { recursive: true, force: true });
}

async function replayIn(sql: Sql, request: ReplayRequest, version: DayVersionRow): Promise<DayReplay> {
  const { rules, signal, onProgress } = request;
  const findings = createFindings();
  const cuts = await versions.listCutsUpTo(sql, version);
  await versions.enterCuts(sql, cuts);
  const expected = cuts.reduce((sum, { accepted_count }) => sum + accepted_count, 0);
  let records = 0;
  for (const [at, cut] of cuts.entries()) {
    const isLast = at === cuts.length - 1;
    await versions.takeBackEarlier(sql, cut);
    await replayRecords({
      sql,
      cut,
      rules: isLast ? rules : null,
      findings,
      signal,
      onRecords: (more) =>
        onProgress({ step: `records of ${cut.business_date}`, done: (records += more), of: expected }),
    });
    await analyzeReplay(sql);
    if (cut.messages_cut) await remakeMessages(sql, request, cut);
  }
  await analyzeReplay(sql);
  const remade = (await findVersion(sql, version))!;
  compareCounts(findings, version, remade);
  await nameMessages(sql, findings, version);
  await versions.followDecisions(sql, version);
  const stored = await listStoredFiles(sql, version);
  await writeDayFiles({
    sql,
    dataDir: request.workDir,
    version: remade,
    parquet: stored.some(({ name }) => name.endsWith('.parquet')),
    signal,
    onProgress: (done) => onProgress({ step: 'files', done, of: version.message_count }),
  });
  const files = await compareDayFiles({
    sql,
    version,
    dataDir: request.dataDir,
    workDir: request.workDir,
    // By other rules files are other files: records and messages say why.
    findings: rules === null ? findings : null,
  });
  const { differing, differences } = findings.result();
  const isSame = files.every(
    ({ stored, replayed, onDisk }) => stored?.sha256 === replayed?.sha256 && onDisk !== 'changed',
  );
  return {
    date: version.business_date,
    version: version.version,
    cutAt: formatInstant(version.cut_at.getTime()),
    rules: { stored: version.rule_set_version, replayed: nameRules(rules) },
    cuts: cuts.length,
    records,
    messages: remade.message_count,
    files,
    isIdentical: isSame && differing === 0,
    differing,
    differences,
  };
}

const nameRules = (rules: ReplayWish['rules']): string =>
  rules === null
    ? RULE_SET_VERSION
    : `${RULE_SET_VERSION} ${rules.profile}/${rules.version ?? 'of their day'}`;

async function remakeMessages(
  sql: Sql,
  { tables, signal, onProgress }: ReplayRequest,
  cut: DayVersionRow,
): Promise<void> {
  await cutMessages({
    sql,
    version: (await findVersion(sql, cut))!,
    choose: createMessageChoice(tables, await registersOf(sql, cut.register_version)),
    signal,
    onProgress: (done) =>
      onProgress({ step: `messages of ${cut.business_date}`, done, of: cut.message_count }),
  });
}

function compareCounts(findings: Findings, was: DayVersionRow, now: DayVersionRow): void {
  const replayed = new Map(Object.entries(countsOf(now)));
  for (const [field, count] of Object.entries(countsOf(was))) {
    if (replayed.get(field) === count) continue;
    const figures = { stored: String(count), replayed: String(replayed.get(field)) };
    findings.add({ kind: 'count', place: null, field, ...figures });
  }
}

/** Names messages that come out otherwise, each by the record that causes it: a changed one of its swap, else its own. */
async function nameMessages(sql: Sql, findings: Findings, version: DayVersionRow): Promise<void> {
  const { differing, messages } = await compareMessages(sql, version, Math.max(1, findings.room()));
  const places = await findRecordPlaces(sql, messages);
  for (const message of messages) {
    const { id, stored, replayed, source, position } = message;
    const place = findings.causeOf(message) ?? places.get(placeOf(source, position)) ?? null;
    if (stored === null || replayed === null) {
      const kind = stored === null ? 'message-new' : 'message-gone';
      findings.add({ kind, place, message: id });
      continue;
    }
    const [first, ...others] = differingFacts(message);
    findings.add({ kind: 'message', place, message: id, ...first });
    findings.addUnlisted(others.length);
  }
  findings.addUnlisted(differing - messages.length);
}

const differingFacts = ({ stored, replayed }: MessageDifference) =>
  (Object.keys(stored!) as (keyof NonNullable<typeof stored>)[])
    .filter((field) => stored![field] !== replayed![field])
    .map((field) => ({ field, stored: stored![field], replayed: replayed![field] }));
