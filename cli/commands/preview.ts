/** tain preview FILE: what the repository will publish of each record and what our entities owe, without any engine. */
import { Option, type Command } from 'commander';
import { TainError } from '../../contracts/errors.ts';
import { PREVIEW_TEXTS } from '../../contracts/texts/describe-part43.ts';
import type { Tables } from '../../domain/cftc/built-in-tables.ts';
import { INITIAL_TO } from '../../domain/cftc/part43/blocks.ts';
import type { Layout } from '../../domain/swaps/header.ts';
import { createRecordPreview, type RecordPreview } from '../../domain/swaps/preview-record.ts';
import type { JudgedRecord } from '../../domain/swaps/read-file.ts';
import { readRecordValues } from '../../domain/swaps/values.ts';
import { loadConfig } from '../../platform/config.ts';
import { openTables } from '../../platform/tables.ts';
import { parseCount, parseDate } from '../arguments.ts';
import { rulesOf } from '../file-rules.ts';
import { countPreviews, type PreviewCounts } from '../preview-counts.ts';
import { dutyLines } from '../preview-duties.ts';
import { formatLine } from '../preview-line.ts';
import { publicationLines } from '../preview-publication.ts';
import { stringifyPreview } from '../preview-json.ts';
import { formatCount, plain, print, styled } from '../print.ts';
import { createProgress } from '../progress.ts';
import { readerLanguage } from '../reader.ts';
import { validateFile, type ValidationReport } from '../validate-file.ts';

type Options = { record?: number; submittedOn?: string; json?: boolean; limit: number };

/** Called with every accepted record, its number in the file and its preview. */
type OnPreview = (judged: JudgedRecord, number: number, preview: RecordPreview) => void;

export function addPreview(program: Command): void {
  program
    .command('preview')
    .argument('<file>', 'CSV file in the submission format')
    .description('show what will be published of each accepted record, and what our entities owe by when')
    .addOption(new Option('--record <n>', 'one record, by its number in the file').argParser(parseCount))
    .option(
      '--submitted-on <YYYY-MM-DD>',
      'day of submission, for the rules in force on it; absent: today in the configured zone',
      parseDate,
    )
    .option('--json', 'one JSON object, with every accepted record')
    .option('--limit <n>', 'records to show', parseCount, 20)
    .action((file: string, options: Options) =>
      (options.json ? previewAsJson(file, options) : previewForPeople(file, options)).finally(progress.clear),
    );
}

const progress = createProgress();

/**
 * Reads the file as `tain validate` does, and looks at what it accepts.
 * @throws TainError preview.not-submission; preview.no-record and preview.rejected-record for the one that is asked for
 */
async function readPreviews(
  file: string,
  { record: wanted, submittedOn }: Options,
  tables: Tables,
  on: OnPreview,
) {
  const rules = await rulesOf(file, submittedOn === undefined ? {} : { submittedOn }, progress);
  const previewOf = createRecordPreview(tables, rules.registers);
  const counts = countPreviews();
  let layout: Layout;
  let isRejected = false;
  let isFound = false;
  const report = await validateFile(file, {
    ...rules,
    onLayout: (given) => {
      if (given.format !== 'submission') throw new TainError('preview.not-submission', { file });
      layout = given;
    },
    onIssues: ({ verdict }, number) => {
      isRejected ||= number === wanted && !verdict.accepted;
    },
    onAccepted: (judged, number) => {
      if (wanted !== undefined && number !== wanted) return;
      isFound = true;
      // What was judged has its text, and fields.
      const preview = previewOf(readRecordValues(judged.record.slice!, layout) ?? {});
      counts.add(preview);
      on(judged, number, preview);
    },
  });
  if (wanted !== undefined && !isFound) {
    throw isRejected
      ? new TainError('preview.rejected-record', { file, record: wanted })
      : new TainError('preview.no-record', { file, record: wanted, read: report.counts.read });
  }
  return { report, counts };
}

async function previewAsJson(file: string, options: Options): Promise<void> {
  const tables = await openTables(loadConfig().TAIN_TABLE_DIR);
  const head = JSON.stringify({ file, builtInTables: tables.builtIn });
  // Nothing is written before the file has turned out to be one that can be previewed.
  let separator = `${head.slice(0, -1)},"records":[`;
  const start = separator;
  const { report, counts } = await readPreviews(
    file,
    options,
    tables,
    ({ record, verdict }, number, preview) => {
      const place = { record: number, line: record.line, key: verdict.key };
      process.stdout.write(separator + stringifyPreview(place, preview, readerLanguage()));
      separator = ',\n';
    },
  );
  const { publications, duties } = counts;
  const rest = { counts: report.counts, publications, duties };
  print(`${separator === start ? start : ''}],${JSON.stringify(rest).slice(1)}`);
}

async function previewForPeople(file: string, options: Options): Promise<void> {
  const tables = await openTables(loadConfig().TAIN_TABLE_DIR);
  const language = readerLanguage();
  let shown = 0;
  const { report, counts } = await readPreviews(file, options, tables, (judged, number, preview) => {
    shown += 1;
    if (shown > options.limit) return;
    progress.clear();
    print(formatHeading(judged, number, preview));
    for (const line of [...publicationLines(preview, language), ...dutyLines(preview, language)])
      print(formatLine(line));
  });
  if (shown > options.limit) print(PREVIEW_TEXTS[language].moreRecords(formatCount(shown - options.limit)));
  printSummary(file, report, counts, tables);
}

function formatHeading({ record, verdict }: JudgedRecord, number: number, { event }: RecordPreview): string {
  const what = [event.action, event.event].filter((one) => one !== null).join('-');
  return `${styled('bold', `record ${number}`)} (line ${record.line})  ${plain(what)}  ${plain(verdict.key ?? '')}`;
}

function printSummary(
  file: string,
  { counts }: ValidationReport,
  found: PreviewCounts,
  tables: Tables,
): void {
  const texts = PREVIEW_TEXTS[readerLanguage()];
  const { publications, duties } = found;
  print();
  if (tables.builtIn.length > 0) {
    const names = tables.builtIn.map((table) => texts.builtInTables[table](INITIAL_TO));
    print(styled('dim', texts.builtIn(names.join(', '))));
  }
  print(
    texts.counts(file, formatCount(counts.read), formatCount(counts.accepted), formatCount(counts.rejected)),
  );
  print(
    texts.outcomes(
      formatCount(publications.public),
      formatCount(publications['not-public']),
      formatCount(publications.undetermined),
    ),
  );
  print(texts.duties(formatCount(duties.inTime), formatCount(duties.late), formatCount(duties.unknown)));
}
