/** tain validate FILE: the checks of ingest without any engine. */
import type { Command } from 'commander';
import { TainError } from '../../contracts/errors.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import { RULE_SET_VERSION } from '../../domain/cftc/elements.ts';
import { parseCount } from '../arguments.ts';
import { formatCount, print, styled } from '../print.ts';
import { readerLanguage } from '../reader.ts';
import { validateFile, type ReportedRecord } from '../validate-file.ts';

export const EXIT_CLEAN = 0;
export const EXIT_REJECTED = 1;
export const EXIT_UNREADABLE = 2;

export function addValidate(program: Command): void {
  program
    .command('validate')
    .argument('<file>', 'CSV file in the submission format or of public dissemination data')
    .description('check a file offline: exit 0 clean, 1 rejected records, 2 unreadable')
    .option('--json', 'one JSON object, with every record that has an issue')
    .option('--limit <n>', 'records to show', parseCount, 20)
    .action(async (file: string, options: { json?: boolean; limit: number }) => {
      process.exitCode = options.json
        ? await validateAsJson(file)
        : await validateForPeople(file, options.limit);
    });
}

async function validateAsJson(file: string): Promise<number> {
  const records: ReportedRecord[] = [];
  try {
    const report = await validateFile(file, readerLanguage(), (record) => records.push(record));
    print(JSON.stringify({ file, ruleSetVersion: RULE_SET_VERSION, ...report, records }));
    return report.counts.rejected > 0 ? EXIT_REJECTED : EXIT_CLEAN;
  } catch (error) {
    if (!(error instanceof TainError)) throw error;
    const { detail } = describeError(error.code, error.params, readerLanguage());
    print(JSON.stringify({ file, error: { code: error.code, message: detail } }));
    return EXIT_UNREADABLE;
  }
}

async function validateForPeople(file: string, limit: number): Promise<number> {
  let shown = 0;
  const { format, counts, unknownColumns } = await validateFile(file, readerLanguage(), (record) => {
    if (shown < limit) printRecord(record);
    shown += 1;
  });
  if (shown > limit)
    print(`… and ${formatCount(shown - limit)} more records with issues (--limit shows more).`);
  if (unknownColumns.length > 0)
    print(`Columns that name no data element and were not read: ${unknownColumns.join(', ')}`);
  print(
    `${file}: ${format}, rules ${RULE_SET_VERSION}: read ${formatCount(counts.read)} = ` +
      `accepted ${styled('green', formatCount(counts.accepted))} + rejected ${styled('red', formatCount(counts.rejected))}`,
  );
  return counts.rejected > 0 ? EXIT_REJECTED : EXIT_CLEAN;
}

export function printRecord(
  record: Omit<ReportedRecord, 'issues'> & { issues: readonly { ruleId: string; message: string }[] },
): void {
  const place = `line ${record.line}, bytes ${record.byteOffset}–${record.byteOffset + record.byteLength - 1}`;
  const verdict =
    record.verdict === 'rejected' ? styled('red', 'rejected') : styled('yellow', 'accepted, with a warning');
  print(`${verdict}  record ${record.record} (${place})${record.key ? `  ${record.key}` : ''}`);
  for (const { ruleId, message } of record.issues) print(`    ${message} ${styled('dim', `[${ruleId}]`)}`);
}
