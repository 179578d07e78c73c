/** tain ingest FILE…: into the inbox of a running Tain, followed to the end. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Listr } from 'listr2';
import type { FileView } from '../../contracts/files.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { StartError } from '../../platform/embedded/start-error.ts';
import { formatCount, print } from '../print.ts';
import { formatTime } from '../reader.ts';
import { EXIT_CLEAN, EXIT_REJECTED, EXIT_UNREADABLE, printRecord } from './validate.ts';

const POLL_MS = 250;
const SHOWN_REJECTIONS = 3;

export function addIngest(program: Command): void {
  program
    .command('ingest')
    .argument('<files...>', 'files to put into the inbox')
    .description('send files to a running Tain: exit 0 clean, 1 rejected records, 2 refused or held')
    .option('--date <YYYY-MM-DD>', 'folder date; absent: today in the configured zone')
    .action(async (files: string[], { date }: { date?: string }) => {
      for (const file of files) {
        if (!(await stat(file).catch(() => null))?.isFile()) {
          throw new StartError(`There is no file ${file}.`, 'Check the path.');
        }
      }
      const api = await connectApi(loadConfig());
      const finished: FileView[] = [];
      await new Listr(
        files.map((file) => ({
          title: file,
          task: async (_context: unknown, task: { title: string; output: string }) => {
            const sent = await api.upload(file, { name: toInboxName(file), ...(date && { date }) });
            if (!sent.isNew) task.title = `${file} (these bytes were known before)`;
            finished.push(await followFile(api, sent.id, (view) => (task.output = describeProgress(view))));
          },
        })),
        { exitOnError: true },
      ).run();
      let exitCode = EXIT_CLEAN;
      for (const file of finished) exitCode = Math.max(exitCode, await printFile(api, file));
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

/** Waits until a file is published, refused or held. */
export async function followFile(
  api: ApiClient,
  id: string,
  show: (file: FileView) => void,
  signal?: AbortSignal,
): Promise<FileView> {
  for (;;) {
    const file = await api.file(id);
    if (file) show(file);
    if (file && file.state !== 'waiting' && file.state !== 'ingesting') return file;
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
}

/** One line on how far a file is. */
export function describeProgress({ state, progress }: FileView): string {
  const { percent, read, accepted, rejected } = progress;
  const counts = `read ${formatCount(read)} = accepted ${formatCount(accepted)} + rejected ${formatCount(rejected)}`;
  return state === 'published'
    ? `published, ${counts}`
    : state === 'ingesting'
      ? `${percent} %, ${counts}`
      : state;
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
  if (rejected === 0) return EXIT_CLEAN;
  const { records } = await api.records(file.id, { verdict: 'rejected', limit: SHOWN_REJECTIONS });
  for (const record of records) printRecord(record);
  if (rejected > records.length)
    print(
      `… ${formatCount(rejected - records.length)} more; all of them, to be mended: GET /v1/files/${file.id}/rejections.csv`,
    );
  return EXIT_REJECTED;
}
