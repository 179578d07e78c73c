/** The command line. Exit codes: 0 done, 1 rejected records, differences or a failed command, 2 something to mend first, 78 configuration. */
import { Command, CommanderError } from 'commander';
import { EXIT_MEND_FIRST, reportError } from './report-error.ts';

/** In the order of help, which loads all of them: a command that is named loads only what it needs itself. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  up: async () => (await import('./commands/up.ts')).addUp,
  down: async () => (await import('./commands/down.ts')).addDown,
  status: async () => (await import('./commands/status.ts')).addStatus,
  feed: async () => (await import('./commands/feed.ts')).addFeed,
  ingest: async () => (await import('./commands/ingest.ts')).addIngest,
  day: async () => (await import('./commands/day.ts')).addDay,
  rejections: async () => (await import('./commands/rejections.ts')).addRejections,
  deliveries: async () => (await import('./commands/deliveries.ts')).addDeliveries,
  message: async () => (await import('./commands/message.ts')).addMessage,
  report: async () => (await import('./commands/report.ts')).addReport,
  priority: async () => (await import('./commands/priority.ts')).addPriority,
  gpu: async () => (await import('./commands/gpu.ts')).addGpu,
  validate: async () => (await import('./commands/validate.ts')).addValidate,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  preview: async () => (await import('./commands/preview.ts')).addPreview,
  swap: async () => (await import('./commands/swap.ts')).addSwap,
  trace: async () => (await import('./commands/trace.ts')).addTrace,
  exceptions: async () => (await import('./commands/exceptions.ts')).addExceptions,
  obligations: async () => (await import('./commands/obligations.ts')).addObligations,
  reconcile: async () => (await import('./commands/reconcile.ts')).addReconcile,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  backup: async () => (await import('./commands/backup.ts')).addBackup,
  restore: async () => (await import('./commands/backup.ts')).addRestore,
  migrate: async () => (await import('./commands/migrate.ts')).addMigrate,
  token: async () => (await import('./commands/token.ts')).addToken,
  demo: async () => (await import('./commands/demo.ts')).addDemo,
};

const program = new Command('tain')
  .description('swap transaction data in, CFTC reports out')
  .showHelpAfterError()
  .exitOverride();
const [name = ''] = process.argv.slice(2);
for (const load of Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]!] : Object.values(COMMANDS))
  (await load())(program);

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
