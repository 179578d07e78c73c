/** tain ingest FILE…: into the inbox of a running Tain, followed to the end. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Listr } from 'listr2';
import type { FileView, RecordPage, RecordView } from '../../contracts/files.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { parseDate } from '../arguments.ts';
import { requireInputFile } from '../input-file.ts';
import { printOutcomes } from '../outcomes.ts';
import { formatCount, plain, print } from '../print.ts';
import { formatTime } from '../reader.ts';
import { reportError } from '../report-error.ts';
import { EXIT_CLEAN, EXIT_REJECTED, EXIT_UNREADABLE, hasWarning, printRecord } from './validate.ts';

const POLL_MS = 250;
const SHOWN_REJECTIONS = 3;
/** Accepted records that are looked through for warnings. */
const WARNING_PAGE = 1000;
const WARNING_PAGES = 10;

/** What became of a file that was named: where it ended, or why it did not. */
type Result = { readonly file: string; view: FileView | null; error: unknown };

export function addIngest(program: Command): void {
  program
    .command('ingest')
    .argument('<files...>', 'files to put into the inbox')
    .description(
      'send files to a running Tain: exit 0 clean, 1 rejected records, 2 refused, held or not in the ledger',
    )
    .option('--date <YYYY-MM-DD>', 'folder date; absent: today in the configured zone', parseDate)
    .action(async (files: string[], { date }: { date?: string }) => {
      const api = await connectApi(loadConfig());
      const results = files.map((file): Result => ({ file, view: null, error: null }));
      await new Listr(
        results.map((result) => ({
          title: result.file,
          task: async (_context: unknown, task: { title: string; output: string }) => {
            try {
              const { file } = result;
              await requireInputFile(file);
              const sent = await api.upload(file, { name: toInboxName(file), ...(date && { date }) });
              if (!sent.isNew) task.title = `${file} (these bytes were known before)`;
              result.view = await followFile(api, sent.id, (view) => (task.output = describeProgress(view)));
            } catch (error) {
              result.error = error;
              throw error;
            }
          },
        })),
        // What is wrong with one file is no reason to leave the others; it is said with the results.
        { exitOnError: false, rendererOptions: { collapseErrors: false, showErrorMessage: false } },
      ).run();
      let exitCode = EXIT_CLEAN;
      for (const { file, view, error } of results) {
        if (!view) print(`${plain(file)}: not published.`);
        const code = view ? await printFile(api, view) : reportError(error);
        exitCode = Math.max(exitCode, code);
      }
      process.exitCode = exitCode;
    });
}

/** The name under which a file of any name can lie in the inbox. */
function toInboxName(file: string): string {
  return path
    .basename(file)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '')
    .replace(/\.(part|tmp|done)$/, '.csv');
}

/** Waits until a file has reached the ledger, or is refused or held. */
export async function followFile(
  api: ApiClient,
  id: string,
  show: (file: FileView) => void,
  signal?: AbortSignal,
): Promise<FileView> {
  for (;;) {
    const file = await api.file(id);
    if (file) show(file);
    if (file && isSettled(file)) return file;
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
}

const isSettled = ({ state, ledger, problem }: FileView): boolean =>
  state !== 'waiting' && state !== 'ingesting' && ((ledger?.done ?? true) || problem !== null);

/** One line on how far a file is. */
export function describeProgress({ state, progress, ledger }: FileView): string {
  const { percent, read, accepted, rejected } = progress;
  const counts = `read ${formatCount(read)} = accepted ${formatCount(accepted)} + rejected ${formatCount(rejected)}`;
  return state === 'published'
    ? `published, ${counts}${ledger ? `, ${describeLedger(ledger, progress.read)}` : ''}`
    : state === 'ingesting'
      ? `${percent} %, ${counts}`
      : state;
}

function describeLedger({ done, records }: NonNullable<FileView['ledger']>, read: number): string {
  if (done) return 'all in the ledger';
  return `${read === 0 ? 0 : Math.floor((records / read) * 100)} % in the ledger`;
}

async function printFile(api: ApiClient, file: FileView): Promise<number> {
  const { read, accepted, rejected } = file.progress;
  const finished = file.finishedAt === null ? '' : `, ${formatTime(file.finishedAt)}`;
  if (file.state !== 'published') {
    print(
      `${file.name}: ${file.state}${finished}. ${file.problem?.detail ?? ''} ${file.problem?.help ?? ''}`,
    );
    return EXIT_UNREADABLE;
  }
  print(
    `${file.name} (${file.id}): ${file.format}, read ${formatCount(read)} = ` +
      `accepted ${formatCount(accepted)} + rejected ${formatCount(rejected)}; published${finished}`,
  );
  const outcomes = file.ledger?.outcomes;
  if (outcomes) printOutcomes(accepted, outcomes);
  await printWarnings(api, file);
  if (file.problem) {
    print(`${file.problem.detail} ${file.problem.help}`);
    return EXIT_UNREADABLE;
  }
  if (rejected === 0) return EXIT_CLEAN;
  const { records } = await api.records(file.id, { verdict: 'rejected', limit: SHOWN_REJECTIONS });
  for (const record of records) printRecord(record);
  if (rejected > records.length) print(`… ${formatCount(rejected - records.length)} more.`);
  print(`All of them, to be mended and sent in again: ./tain rejections ${file.id} --output mend.csv`);
  return EXIT_REJECTED;
}

/** Warnings of accepted records, and what could not be checked of them, in one line and an example each. */
async function printWarnings(api: ApiClient, { id, progress }: FileView): Promise<void> {
  let [after, looked]: [number | null, number] = [0, 0];
  const warned: RecordView[] = [];
  const unchecked: RecordView[] = [];
  for (let page = 0; after !== null && page < WARNING_PAGES; page += 1) {
    const found: RecordPage = await api.records(id, { verdict: 'accepted', limit: WARNING_PAGE, after });
    for (const record of found.records)
      if (record.issues.length > 0) (hasWarning(record) ? warned : unchecked).push(record);
    looked += found.records.length;
    after = found.next;
  }
  const among =
    looked < progress.accepted ? `the first ${formatCount(looked)} accepted records` : 'the accepted records';
  for (const [records, one, many] of [
    [warned, 'has a warning', 'have a warning'],
    [unchecked, 'was not fully checked', 'were not fully checked'],
  ] as const) {
    if (records.length === 0) continue;
    print(`Of ${among}, ${formatCount(records.length)} ${records.length === 1 ? one : many}; the first:`);
    printRecord(records[0]!);
  }
}
