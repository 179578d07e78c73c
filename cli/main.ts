/** The command line. Exit codes: 0 done, 1 rejected records, differences or a failed command, 2 something to mend first, 78 configuration. */
import { Command, CommanderError } from 'commander';
import { TainError } from '../contracts/errors.ts';
import { describeError } from '../contracts/texts/describe.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { addDemo } from './commands/demo.ts';
import { addDown } from './commands/down.ts';
import { addIngest } from './commands/ingest.ts';
import { addStatus } from './commands/status.ts';
import { addToken } from './commands/token.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { readerLanguage } from './reader.ts';
import { addVerify } from './commands/verify.ts';

const EXIT_FAILED = 1;
const EXIT_MEND_FIRST = 2;

const program = new Command('tain')
  .description('swap transaction data in, CFTC reports out')
  .showHelpAfterError()
  .exitOverride();
for (const add of [addUp, addDown, addStatus, addIngest, addValidate, addVerify, addToken, addDemo])
  add(program);

// A reader that has seen enough (`| head`) is no reason to stop.
process.stdout.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // Commander has said it already: help that was asked for, or what is wrong with the words of the command.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_MEND_FIRST;
  if (error instanceof StartError) {
    process.stderr.write(`\n${error.message}\n${error.help}\n`);
    return EXIT_MEND_FIRST;
  }
  if (error instanceof TainError) {
    const { detail, help } = describeError(error.code, error.params, readerLanguage());
    process.stderr.write(`\n${detail}\n${help}\n`);
    return EXIT_MEND_FIRST;
  }
  process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_FAILED;
}
