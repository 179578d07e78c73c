/** What a person sees when everything runs. */
import path from 'node:path';
import type { FileView, RecordView } from '../contracts/files.schema.ts';
import { folderAt, inboxFolder } from '../contracts/folders.ts';
import type { Config } from '../platform/config.ts';
import { describeOutcomes } from './outcomes.ts';
import { formatCount, formatTable, print, styled } from './print.ts';
import { printRecord } from './commands/validate.ts';

/** The demonstration day's outcome; `example` is one of its rejected records. */
export function printDemoSummary(file: FileView, example: RecordView | undefined): void {
  const { read, accepted, rejected } = file.progress;
  print();
  print(styled('bold', `The demonstration day ${file.folderDate}`));
  if (file.state !== 'published') {
    print(`  refused: ${file.problem?.detail ?? ''}`);
    return;
  }
  print(
    `  read ${formatCount(read)} = accepted ${styled('green', formatCount(accepted))} + rejected ${styled('red', formatCount(rejected))}`,
  );
  const outcomes = file.ledger?.outcomes;
  if (outcomes) print(`  in the ledger: ${describeOutcomes(accepted, outcomes)}`);
  if (!example) return;
  print();
  print('  One of the rejected records, and why:');
  printRecord(example);
}

export function printAddresses(config: Config, apiUrl: string, temporalUiUrl: string | undefined): void {
  const folder = path.join(config.TAIN_DATA_DIR, inboxFolder(folderAt(Date.now(), config.TAIN_TIME_ZONE)));
  print();
  print(styled('bold', 'Look around'));
  print(
    formatTable([
      ['  API and its documentation', `${apiUrl}/docs`],
      ['  a token for it', './tain token --role viewer'],
      ...(temporalUiUrl ? [['  Temporal UI', temporalUiUrl]] : []),
      ['  files arrive in', folder],
      ['  how it is doing', './tain status'],
    ]),
  );
  print();
  print(
    `${styled('bold', 'Your own file')}: ./tain ingest FILE.csv   (or check it first: ./tain validate FILE.csv)`,
  );
}
