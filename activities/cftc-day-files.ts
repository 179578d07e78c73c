/** The files of a day in its folder send/: messages by kind and asset class, and a manifest that accounts for them. */
import path from 'node:path';
import { TainError } from '../contracts/errors.ts';
import { formatFolderDate } from '../contracts/folders.ts';
import { listCutFiles, listCutSessions } from '../db/cut.ts';
import { countsOf, noteProblem, type DayVersionRow } from '../db/days.ts';
import { listMessageGroups, readMessages, type MessageGroup } from '../db/day-messages.ts';
import { keepOutboxFile, outboxFileName, type WrittenOutboxFile } from '../db/outbox-files.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import { encodeLine } from '../domain/csv/encode.ts';
import type { ControlTotals } from '../domain/reports/control-totals.ts';
import { createMessageRows } from '../domain/reports/message-rows.ts';
import type { Sql } from '../platform/postgres.ts';
import { writeReportFile, type WrittenFile } from '../platform/report-file.ts';

export type FilesRequest = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly version: DayVersionRow;
  readonly signal: AbortSignal;
  /** Called after every file and page, with the messages so far. */
  readonly onProgress: (messages: number) => void;
};

export const MANIFEST_NAME = 'manifest.json';

/** Folder of what leaves on a date, relative to the data directory. */
export const sendFolder = (date: string): string => `${formatFolderDate(date)}/send`;

type ReportedFile = WrittenOutboxFile & { readonly controlTotals: ControlTotals };

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
      files.push(await writeGroup(request, group, folder, messages));
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

async function* noLines(): AsyncGenerator<string[]> {}

async function writeGroup(
  { sql, dataDir, version, signal, onProgress }: FilesRequest,
  group: MessageGroup,
  folder: string,
  before: number,
): Promise<ReportedFile> {
  const { business_date: date, version: number } = version;
  const name = outboxFileName(group, date, number);
  const rows = createMessageRows(group.kind);
  let messages = before;
  async function* lines(): AsyncGenerator<string[]> {
    for await (const page of readMessages(sql, { ...group, date, version: number })) {
      signal.throwIfAborted();
      yield page.map((message) => encodeLine(rows.row(message)));
      onProgress((messages += page.length));
    }
  }
  const header = encodeLine(rows.header);
  const written = await writeReportFile(path.join(dataDir, folder, name), header, lines());
  const facts = { name, kind: group.kind, asset_class: group.assetClass, is_outbound: true };
  const file = describeFile(version, folder, facts, written);
  await keepOutboxFile(sql, file);
  return { ...file, controlTotals: rows.totals() };
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
      name: file.name,
      kind: file.kind,
      assetClass: file.asset_class,
      rows: file.row_count,
      bytes: file.size_bytes,
      sha256: file.sha256,
      controlTotals: file.controlTotals,
    })),
  };
}
