/** The files of a replayed day beside those that were written: by their hashes, and by what lies in send/ now. */
import path from 'node:path';
import type { ReplayedFile } from '../contracts/day-replay.ts';
import type { DayVersionRow } from '../db/days.ts';
import { placeOf } from '../domain/swaps/event-source.ts';
import { listOutboxFiles, type OutboxFileRow } from '../db/outbox-files.ts';
import { findEventsOf, findRecordPlaces, listStoredFiles } from '../db/replay-differences.ts';
import { splitFields } from '../domain/csv/fields.ts';
import { systemErrorCode } from '../platform/embedded/start-error.ts';
import { findFirstDifference, type LineDifference } from '../platform/first-difference.ts';
import { hashFile } from '../platform/file-hash.ts';
import type { Sql } from '../platform/postgres.ts';
import type { Findings, Found } from './day-replay-findings.ts';

export type FilesComparison = {
  /** Of the scratch schema. */
  readonly sql: Sql;
  readonly version: DayVersionRow;
  /** Folders with the files as they lie now, and as they were built again. */
  readonly dataDir: string;
  readonly workDir: string;
  /** Take the first line of each file that differs; null: nobody asks. */
  readonly findings: Findings | null;
};

/** Compares all files of a version. Of one that differs the first line is named, if it still lies in send/. */
export async function compareDayFiles(request: FilesComparison): Promise<ReplayedFile[]> {
  const { sql, version, dataDir, findings } = request;
  const stored = await listStoredFiles(sql, version);
  const replayed = await listOutboxFiles(sql, version.business_date, version.version);
  const compared: ReplayedFile[] = [];
  for (const name of [...new Set([...stored, ...replayed].map((file) => file.name))].sort()) {
    const was = stored.find((file) => file.name === name) ?? null;
    const now = replayed.find((file) => file.name === name) ?? null;
    const found = was && (await hashOnDisk(path.join(dataDir, was.path)));
    const onDisk = found === null ? 'gone' : found === was!.sha256 ? 'same' : 'changed';
    compared.push({ name, stored: figuresOf(was), replayed: figuresOf(now), onDisk });
    // Parquet has no lines: the CSV of the same rows says where they differ.
    if (findings && was && now && found !== null && found !== now.sha256 && !name.endsWith('.parquet'))
      findings.add(await describeFirstLine(request, was, now));
  }
  return compared;
}

const figuresOf = (file: OutboxFileRow | null): ReplayedFile['stored'] =>
  file && { rows: file.row_count, sha256: file.sha256 };

/** Null when it is not there. */
async function hashOnDisk(location: string): Promise<string | null> {
  try {
    return await hashFile(location);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Where two files of one name differ first, with the record that the line is of. */
async function describeFirstLine(
  { sql, dataDir, workDir, findings }: FilesComparison,
  was: OutboxFileRow,
  now: OutboxFileRow,
): Promise<Found> {
  const found = await findFirstDifference(path.join(dataDir, was.path), path.join(workDir, now.path));
  const { line = 1, offset = 0, one = null, other = null } = found ?? {};
  const about = { kind: 'line', place: null, line: { file: was.name, line, offset } } as const;
  if (found === null || !was.is_outbound) return { ...about, stored: one, replayed: other };
  const messages = [one, other].flatMap((text) => (text === null ? [] : [text.split(',', 1)[0]!]));
  const events = await findEventsOf(sql, messages);
  const event = messages.map((id) => events.get(id)).find((known) => known !== undefined);
  const places = await findRecordPlaces(sql, event ? [event] : []);
  const own = event && places.get(placeOf(event.source, event.position));
  const place = (event && findings!.causeOf(event)) ?? own ?? null;
  return { ...about, place, message: messages[0] ?? null, ...findCell(found) };
}

/** The first column in which two lines of one message differ; the lines themselves where they are of two. */
function findCell({ header, one, other }: LineDifference): {
  readonly field: string | null;
  readonly stored: string | null;
  readonly replayed: string | null;
} {
  const [names, was, now] = [header, one, other].map((line) => (line === null ? null : splitFields(line)));
  if (!Array.isArray(names) || !Array.isArray(was) || !Array.isArray(now) || was[0] !== now[0])
    return { field: null, stored: one, replayed: other };
  const at = was.findIndex((cell, index) => cell !== now[index]);
  return { field: names[at] ?? null, stored: was[at] ?? null, replayed: now[at] ?? null };
}
