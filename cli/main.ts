/** The command line. Exit codes: 0 done, 1 rejected records, differences or a failed command, 2 something to mend first, 78 configuration. */
import { Command, CommanderError } from 'commander';
import { addBackup, addRestore } from './commands/backup.ts';
import { addDay } from './commands/day.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addDemo } from './commands/demo.ts';
import { addDown } from './commands/down.ts';
import { addExceptions } from './commands/exceptions.ts';
import { addExplain } from './commands/explain.ts';
import { addFeed } from './commands/feed.ts';
import { addGpu } from './commands/gpu.ts';
import { addIngest } from './commands/ingest.ts';
import { addMessage } from './commands/message.ts';
import { addObligations } from './commands/obligations.ts';
import { addPreview } from './commands/preview.ts';
import { addPriority } from './commands/priority.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addRejections } from './commands/rejections.ts';
import { addReport } from './commands/report.ts';
import { addStatus } from './commands/status.ts';
import { addSwap } from './commands/swap.ts';
import { addToken } from './commands/token.ts';
import { addTrace } from './commands/trace.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { EXIT_MEND_FIRST, reportError } from './report-error.ts';
import { addVerify } from './commands/verify.ts';

const program = new Command('tain')
  .description('swap transaction data in, CFTC reports out')
  .showHelpAfterError()
  .exitOverride();
for (const add of [
  addUp,
  addDown,
  addStatus,
  addFeed,
  addIngest,
  addDay,
  addRejections,
  addDeliveries,
  addMessage,
  addReport,
  addPriority,
  addGpu,
  addValidate,
  addExplain,
  addPreview,
  addSwap,
  addTrace,
  addExceptions,
  addObligations,
  addReconcile,
  addVerify,
  addBackup,
  addRestore,
  addToken,
  addDemo,
])
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
  return reportError(error);
}
