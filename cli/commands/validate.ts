/** tain validate FILE: the checks of ingest without any engine. */
import { Option, type Command } from 'commander';
import { TainError } from '../../contracts/errors.ts';
import type { Severity } from '../../contracts/issues.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import { parseRecordReference } from '../../contracts/record-reference.ts';
import { RULE_SET_VERSION } from '../../domain/cftc/elements.ts';
import type { CsvRecord } from '../../domain/csv/split.ts';
import { explainIssue } from '../../domain/cftc/explain-issue.ts';
import { PROFILES, type ProfileName } from '../../domain/cftc/profiles.ts';
import { findUncheckedRules } from '../../domain/cftc/registers.ts';
import { createRejectionEncoder, type RejectionEncoder } from '../../domain/swaps/rejections.ts';
import { parseCount, parseDate } from '../arguments.ts';
import { rulesOf } from '../file-rules.ts';
import { countIssues, tabulateIssues } from '../issue-table.ts';
import { formatCount, print, styled } from '../print.ts';
import { createProgress } from '../progress.ts';
import { readerLanguage } from '../reader.ts';
import { isSequenceBroken, printSequence, reportSequence } from '../sequence-report.ts';
import { withSequenceStage, type SequenceStage } from '../sequence-stage.ts';
import { reportRecord, validateFile, type ReportedRecord, type ValidationReport } from '../validate-file.ts';

export const EXIT_CLEAN = 0;
export const EXIT_REJECTED = 1;
export const EXIT_UNREADABLE = 2;

type Options = {
  profile?: ProfileName;
  submittedOn?: string;
  json?: boolean;
  csv?: boolean;
  sequence: boolean;
  limit: number;
};

type Validate = (file: string, options: Options, stage: SequenceStage) => Promise<number>;

export function addValidate(program: Command): void {
  program
    .command('validate')
    .argument('<file>', 'CSV file in the submission format or of public dissemination data')
    .description('check a file offline: exit 0 clean, 1 rejected records, 2 unreadable')
    .addOption(
      new Option('--profile <name>', 'how strictly; absent: as intake judges the format').choices(
        Object.keys(PROFILES),
      ),
    )
    .option(
      '--submitted-on <YYYY-MM-DD>',
      'day of submission, for the rules in force on it; absent: today in the configured zone',
      parseDate,
    )
    .addOption(new Option('--json', 'one JSON object, with every record that has an issue').conflicts('csv'))
    .option('--csv', 'the rejected records with their issues, to be mended and sent in as a new file')
    .option('--no-sequence', 'leave out the rules on the order of the messages of a swap')
    .option('--limit <n>', 'records to show', parseCount, 20)
    .action(async (file: string, options: Options) => {
      const validate = options.json ? validateAsJson : options.csv ? validateAsCsv : validateForPeople;
      process.exitCode = await withSequenceStage(file, options.sequence, (stage) =>
        validate(file, options, watchStage(file, stage)),
      ).finally(progress.clear);
    });
}

const progress = createProgress();

/** The stage, with its progress shown. */
const watchStage = (file: string, stage: SequenceStage): SequenceStage => ({
  ...stage,
  fold: (profile, emit) =>
    stage.fold(
      profile,
      (found) => {
        progress.clear();
        emit(found);
      },
      (partitions, of) => progress.show(`${file}: sequence`, partitions, of),
    ),
});

const exitCodeOf = ({ counts }: ValidationReport, isBroken: boolean): number =>
  counts.rejected > 0 || isBroken ? EXIT_REJECTED : EXIT_CLEAN;

/** One object, written as the records are read. */
const validateAsJson: Validate = async (file, options, stage) => {
  let separator = '';
  const write = (text: string): unknown => process.stdout.write(text);
  const closeWith = (rest: object): void => print(`],${JSON.stringify(rest).slice(1)}`);
  write(`${JSON.stringify({ file, ruleSetVersion: RULE_SET_VERSION }).slice(0, -1)},"records":[`);
  try {
    const report = await validateFile(file, {
      ...(await rulesOf(file, options, progress)),
      onLayout: stage.start,
      onAccepted: stage.add,
      onIssues: (judged, number) => {
        write(separator + JSON.stringify(reportRecord(judged, number)));
        separator = ',\n';
      },
    });
    write('],"sequenceRecords":[');
    separator = '';
    let isBroken = false;
    const sequence = stage.fold(PROFILES[report.profile], (found) => {
      isBroken ||= isSequenceBroken(found);
      write(separator + JSON.stringify(reportSequence(found)));
      separator = ',\n';
    });
    closeWith({ ...report, sequence });
    return exitCodeOf(report, isBroken);
  } catch (error) {
    if (!(error instanceof TainError)) throw error;
    const { detail } = describeError(error.code, error.params, readerLanguage());
    closeWith({ error: { code: error.code, message: detail } });
    return EXIT_UNREADABLE;
  }
};

const validateAsCsv: Validate = async (file, options, stage) => {
  let encoder: RejectionEncoder | null = null;
  const report = await validateFile(file, {
    ...(await rulesOf(file, options, progress)),
    onAccepted: stage.add,
    onLayout: (layout, contentBytes) => {
      stage.start(layout, contentBytes);
      encoder = createRejectionEncoder(layout, (issue) => explainIssue(issue, readerLanguage()));
      process.stdout.write(encoder.header);
    },
    onIssues: ({ record, verdict }) => {
      if (verdict.accepted) return;
      const { corrects } = verdict;
      // These records were not received, so that there is nothing to name; what they themselves correct stays named.
      const reference = corrects !== null && parseRecordReference(corrects) !== null ? corrects : '';
      process.stdout.write(encoder!.encode({ reference, ...contentOf(record), issues: verdict.issues }));
    },
  });
  let isBroken = false;
  stage.fold(PROFILES[report.profile], (found) => {
    if (!isSequenceBroken(found)) return;
    isBroken = true;
    process.stdout.write(encoder!.encode({ reference: '', text: found.text, issues: found.issues }));
  });
  return exitCodeOf(report, isBroken);
};

/** What a rejection carries of its record: the text, or what is known of one that is too long to be held. */
const contentOf = ({ text, byteLength, sha256 }: CsvRecord) =>
  sha256 === null ? { text } : { text: null, notKept: { bytes: byteLength, sha256 } };

const validateForPeople: Validate = async (file, { limit, ...options }, stage) => {
  let shown = 0;
  const found = countIssues();
  const rules = await rulesOf(file, options, progress);
  const report = await validateFile(file, {
    ...rules,
    onLayout: stage.start,
    onAccepted: stage.add,
    onIssues: (judged, number) => {
      found.add(judged.verdict.issues, judged.record.line);
      if (shown < limit) {
        progress.clear();
        printRecord(reportRecord(judged, number));
      }
      shown += 1;
    },
  });
  progress.clear();
  const { format, era, counts, unknownColumns } = report;
  if (shown > limit)
    print(`… and ${formatCount(shown - limit)} more records with issues (--limit shows more).`);
  if (shown > 0) print(`\n${tabulateIssues(found)}\n`);
  if (unknownColumns.length > 0)
    print(`Columns that name no data element and were not read: ${unknownColumns.join(', ')}`);
  const unchecked = findUncheckedRules(rules.registers);
  if (unchecked.length > 0)
    print(styled('dim', `Not checked, for want of a register (TAIN_REGISTER_DIR): ${unchecked.join(', ')}`));
  print(
    `${file}: ${format}${era ? ` of era ${era}` : ''}, rules ${RULE_SET_VERSION}, profile ${report.profile}, submitted on ${report.submittedOn}: read ${formatCount(counts.read)} = ` +
      `accepted ${styled('green', formatCount(counts.accepted))} + rejected ${styled('red', formatCount(counts.rejected))}`,
  );
  return exitCodeOf(report, printSequence(stage, PROFILES[report.profile], file, limit));
};

/** Has the record a warning, and not only rules that could not be applied? */
export const hasWarning = ({ issues }: { readonly issues: readonly { severity: Severity }[] }): boolean =>
  issues.some(({ severity }) => severity === 'warning');

export function printRecord(
  record: Omit<ReportedRecord, 'issues'> & {
    issues: readonly { ruleId: string; severity: Severity; message: string }[];
  },
): void {
  const place = `line ${record.line}, bytes ${record.byteOffset}–${record.byteOffset + record.byteLength - 1}`;
  const accepted = hasWarning(record) ? 'accepted, with a warning' : 'accepted, not fully checked';
  const verdict = record.verdict === 'rejected' ? styled('red', 'rejected') : styled('yellow', accepted);
  print(`${verdict}  record ${record.record} (${place})${record.key ? `  ${record.key}` : ''}`);
  for (const { ruleId, message } of record.issues) print(`    ${message} ${styled('dim', `[${ruleId}]`)}`);
}
