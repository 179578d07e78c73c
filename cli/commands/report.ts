/** tain report KIND: has a report made by a running Tain, follows it, and fetches its file. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, Option, type Command } from 'commander';
import type { ReportView } from '../../contracts/on-demand-report.schema.ts';
import { REPORT_FORMATS, REPORT_KINDS, type ReportKind } from '../../contracts/on-demand-report.ts';
import { MESSAGE_STATES } from '../../contracts/outbound.ts';
import { REPORT_TITLES } from '../../contracts/texts/report-titles.ts';
import { REPORTS } from '../../domain/reports/definitions.ts';
import { loadConfig } from '../../platform/config.ts';
import { StartError, systemErrorCode } from '../../platform/embedded/start-error.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { parseDate } from '../arguments.ts';
import { formatCount, formatTable, plain, print } from '../print.ts';
import { createProgress } from '../progress.ts';
import { readerLanguage } from '../reader.ts';
import { standardOutput } from '../standard-output.ts';

const POLL_MS = 250;

type Options = {
  readonly from?: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly knownAt?: string;
  readonly format: string;
  readonly assetClass?: string;
  readonly counterparty?: string;
  readonly outcome?: string;
  readonly state?: string;
  readonly output?: string;
};

export function addReport(program: Command): void {
  program
    .command('report')
    .addArgument(new Argument('[kind]', 'which report; absent: what there is').choices(REPORT_KINDS))
    .description('have a report made, follow it, and fetch its file; the same request finds the same report')
    .option('--from <YYYY-MM-DD>', 'first day of the period', parseDate)
    .option('--to <YYYY-MM-DD>', 'last day of the period', parseDate)
    .option('--as-of <YYYY-MM-DD>', 'the day that a state is of', parseDate)
    .option('--known-at <YYYY-MM-DD>', 'as it was known at the cut of this business date', parseDate)
    .addOption(new Option('--format <format>').choices(REPORT_FORMATS).default('csv'))
    .option('--asset-class <class>', 'CO, CR, EQ, FX or IR')
    .option('--counterparty <LEI>', 'of one of the two')
    .option('--outcome <outcome>', 'of events: applied, duplicate, conflict, pending or violated')
    .option('--state <state>', `of messages: ${MESSAGE_STATES.join(', ')}`)
    .option('-o, --output <file>', 'write it there instead of printing it')
    .action(async (kind: ReportKind | undefined, options: Options) => {
      if (kind === undefined) return printKinds();
      const api = await connectApi(loadConfig());
      const report = await follow(api, await api.orderReport(orderOf(kind, options)));
      if (report.file === null) throw endedWithout(report);
      const target = options.output;
      await fetchFile(api, report, target);
      if (target !== undefined)
        print(
          `${target}: ${report.title}, ${formatCount(report.file.rows)} rows, sha256 ${report.file.sha256}`,
        );
    });
}

function orderOf(kind: ReportKind, options: Options): object {
  const { format, from, to, asOf, knownAt, assetClass, counterparty, outcome, state } = options;
  return { kind, format, from, to, asOf, knownAt, filters: { assetClass, counterparty, outcome, state } };
}

function printKinds(): void {
  const titles = REPORT_TITLES[readerLanguage()];
  const rows = REPORT_KINDS.map((kind) => {
    const { takes, takesKnownAt, filters } = REPORTS[kind];
    const days = takes === 'period' ? '--from --to' : '--as-of';
    return [
      kind,
      `${days}${takesKnownAt ? ' [--known-at]' : ''}`,
      Object.keys(filters).join(', '),
      titles[kind],
    ];
  });
  print(formatTable([['kind', 'days', 'filters', 'title'], ...rows]));
}

/** Until it has ended. */
async function follow(api: ApiClient, ordered: ReportView): Promise<ReportView> {
  const progress = createProgress();
  let report = ordered;
  while (report.state === 'waiting' || report.state === 'writing') {
    const { percent, rows } = report.progress;
    const name = `${report.title}, ${formatCount(rows)} rows`;
    progress.show(name, percent ?? 0, 100);
    await sleep(POLL_MS);
    report = await api.report(report.id);
  }
  progress.clear();
  return report;
}

const endedWithout = ({ state, problem, id }: ReportView): StartError =>
  new StartError(
    problem === null ? `The report ${id} is ${state}.` : plain(problem.detail),
    problem === null ? 'Ask for it again.' : plain(problem.help),
  );

/** A file that is named is there as a whole, with the hash that the API told, or not at all. */
async function fetchFile(api: ApiClient, report: ReportView, output: string | undefined): Promise<void> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const unfinished = `${output}.part`;
  const target = output === undefined ? standardOutput() : createWriteStream(unfinished);
  try {
    await pipeline(await api.reportFile(report.id), hashing, target);
    if (output === undefined) return;
    if (hash.digest('hex') !== report.file!.sha256) throw new Error('it arrived with another hash');
    await rename(unfinished, output);
  } catch (error) {
    if (output !== undefined) await rm(unfinished, { force: true });
    const reason = systemErrorCode(error) ?? (error as Error).message;
    // A reader that has seen enough (`| head`).
    if (output === undefined && reason === 'EPIPE') return;
    throw new StartError(
      `The report could not be written to ${output ?? 'the output'} (${reason}).`,
      'Run the command again: the report is kept.',
    );
  }
}
