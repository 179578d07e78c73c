/** The files of a day in its folder send/: messages by kind and asset class, and a manifest that accounts for them. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import { formatFolderDate } from '../contracts/folders.ts';
import { listCutFiles, listCutSessions } from '../db/cut.ts';
import { countsOf, noteProblem, type DayVersionRow } from '../db/days.ts';
import {
  listMessageGroups,
  readMessages,
  type MessageGroup,
  type OutgoingMessage,
} from '../db/day-messages.ts';
import { keepOutboxFile, outboxFileName, type WrittenOutboxFile } from '../db/outbox-files.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import { encodeLine } from '../domain/csv/encode.ts';
import type { ControlTotals } from '../domain/reports/control-totals.ts';
import { createMessageRows } from '../domain/reports/message-rows.ts';
import { writeParquetFile } from '../platform/parquet-file.ts';
import type { Sql } from '../platform/postgres.ts';
import { writeReportFile, type WrittenFile } from '../platform/report-file.ts';

export type FilesRequest = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly version: DayVersionRow;
  readonly signal: AbortSignal;
  /** Write each file as Parquet too. */
  readonly parquet: boolean;
  /** Called after every file and page, with the messages so far. */
  readonly onProgress: (messages: number) => void;
};

export const MANIFEST_NAME = 'manifest.json';

/** Folder of what leaves on a date, relative to the data directory. */
export const sendFolder = (date: string): string => `${formatFolderDate(date)}/send`;

type ReportedFile = WrittenOutboxFile & {
  readonly controlTotals: ControlTotals;
  readonly parquet: WrittenOutboxFile | null;
};

/**
 * Writes the files of a version and then its manifest. Written again they have the same bytes: they are made of the
 * messages alone.
 * @returns the files with messages
 * @throws TainError day.folder-unwritable, naming folder and reason, which is kept with the day too
 * @throws the signal's reason when it is aborted
 */
export async function writeDayFiles(request: FilesRequest): Promise<readonly WrittenOutboxFile[]> {
  const { sql, dataDir, version } = request;
  const { business_date: date } = version;
  const folder = sendFolder(date);
  try {
    const files: ReportedFile[] = [];
    let messages = 0;
    for (const group of await listMessageGroups(sql, date, version.version)) {
      files.push(await writeGroup(request, group, messages));
      messages += files.at(-1)!.row_count;
    }
    const text = `${JSON.stringify(await describeDay(sql, version, files), null, 2)}\n`;
    const written = await writeReportFile(path.join(dataDir, folder, MANIFEST_NAME), text, noLines());
    const manifest = { name: MANIFEST_NAME, kind: 'manifest', asset_class: null, is_outbound: false };
    await keepOutboxFile(sql, describeFile(version, folder, manifest, written));
    return files;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || typeof syscall !== 'string') throw error;
    const params = { date, path: path.join(dataDir, folder), reason: code };
    const problem = new TainError('day.folder-unwritable', params, { cause: error });
    await noteProblem(sql, date, problem);
    throw problem;
  }
}

const VERSION_IN_NAME = /-v(\d+)\.[a-z]+$/;

/** Removes what earlier versions of a day have left in its folder. Safe to repeat. */
export async function removeFormerFiles(dataDir: string, date: string, version: number): Promise<void> {
  const folder = path.join(dataDir, sendFolder(date));
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names)
    if (Number(VERSION_IN_NAME.exec(name)?.[1] ?? version) < version)
      await rm(path.join(folder, name), { force: true });
}

async function* noLines(): AsyncGenerator<string[]> {}

/** Writes the file of a group, and where it is wanted its rows for tools that read columns, which stay here. */
async function writeGroup(request: FilesRequest, group: MessageGroup, before: number): Promise<ReportedFile> {
  const { sql, dataDir, version, onProgress } = request;
  const folder = sendFolder(version.business_date);
  const name = outboxFileName(group, version.business_date, version.version);
  const keep = async (
    file: string,
    isOutbound: boolean,
    written: WrittenFile,
  ): Promise<WrittenOutboxFile> => {
    const facts = { name: file, kind: group.kind, asset_class: group.assetClass, is_outbound: isOutbound };
    const described = describeFile(version, folder, facts, written);
    await keepOutboxFile(sql, described);
    return described;
  };
  const rows = createMessageRows(group.kind);
  let messages = before;
  const lines = readPages(request, group, (page) => {
    onProgress((messages += page.length));
    return page.map((message) => encodeLine(rows.row(message)));
  });
  const location = path.join(dataDir, folder, name);
  const csv = await keep(name, true, await writeReportFile(location, encodeLine(rows.header), lines));
  const controlTotals = rows.totals();
  if (!request.parquet) return { ...csv, controlTotals, parquet: null };

  const columnar = name.replace(/csv$/, 'parquet');
  // Read again, so that no more than one group of rows is ever in memory.
  const again = createMessageRows(group.kind);
  const pages = readPages(request, group, (page) => {
    onProgress(messages);
    return page.map(again.row);
  });
  const table = { columns: again.header, counts: [] };
  const written = await writeParquetFile(path.join(dataDir, folder, columnar), table, pages);
  return { ...csv, controlTotals, parquet: await keep(columnar, false, written) };
}

async function* readPages<Row>(
  { sql, version, signal }: FilesRequest,
  group: MessageGroup,
  toRows: (page: readonly OutgoingMessage[]) => Row[],
): AsyncGenerator<Row[]> {
  const { business_date: date, version: number } = version;
  for await (const page of readMessages(sql, { ...group, date, version: number })) {
    signal.throwIfAborted();
    yield toRows(page);
  }
}

const describeFile = (
  { business_date, version }: DayVersionRow,
  folder: string,
  facts: Pick<WrittenOutboxFile, 'name' | 'kind' | 'asset_class' | 'is_outbound'>,
  { rowCount, sizeBytes, sha256 }: WrittenFile,
): WrittenOutboxFile => ({
  ...facts,
  business_date,
  version,
  path: `${folder}/${facts.name}`,
  row_count: rowCount,
  size_bytes: sizeBytes,
  sha256,
});

/** What the manifest says. Nothing in it depends on when it is written. */
async function describeDay(
  sql: Sql,
  version: DayVersionRow,
  files: readonly ReportedFile[],
): Promise<Readonly<Record<string, unknown>>> {
  const { business_date: date } = version;
  const [cutFiles, feeds] = await Promise.all([listCutFiles(sql, date), listCutSessions(sql, date)]);
  return {
    date,
    version: version.version,
    cutAt: formatInstant(version.cut_at.getTime()),
    ruleSetVersion: version.rule_set_version,
    catalogueHash: version.catalogue_hash,
    registerVersion: version.register_version,
    submitter: version.submitter,
    counts: countsOf(version),
    cut: {
      files: cutFiles.map(({ id, revision, sha256 }) => ({ id, revision, sha256 })),
      feeds,
    },
    files: files.map((file) => ({
      kind: file.kind,
      assetClass: file.asset_class,
      ...digestOf(file),
      controlTotals: file.controlTotals,
      ...(file.parquet && { parquet: digestOf(file.parquet) }),
    })),
  };
}

const digestOf = ({ name, row_count, size_bytes, sha256 }: WrittenOutboxFile) => ({
  name,
  rows: row_count,
  bytes: size_bytes,
  sha256,
});
