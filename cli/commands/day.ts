/** tain day: run a day, see how days are doing, write a summary, waive an input, close a day, open it or build it again. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { DayView } from '../../contracts/cftc-day.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type DayWish } from '../api-client.ts';
import { describeDaySums } from '../day-sums.ts';
import { formatCount, formatTable, plain, print, styled } from '../print.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { formatTime } from '../reader.ts';
import { addDayReplay } from './day-replay.ts';

/** A person waits; longer than the API waits for the day's workflow. */
const DEADLINE_MS = 20_000;

const connect = () => connectApi(loadConfig(), DEADLINE_MS);

export function addDay(program: Command): void {
  const command = program.command('day').description('CFTC days: what leaves for a repository, and when');
  command
    .command('run')
    .description('run a day: wait for its inputs, cut it, write its files, send them')
    .argument('<date>', 'business date, YYYY-MM-DD')
    .option('--reason <text>', 'why a date that is no business day is run')
    .action(async (date: string, wish: { reason?: string }) => {
      const { workflowId } = await (await connect()).runDay(date, wish);
      print(`Day ${date} runs as workflow ${workflowId}. See how it is doing with: tain day status ${date}`);
    });
  command
    .command('status', { isDefault: true })
    .description('how days are doing')
    .argument('[date]', 'the day that is shown with its inputs, counts and messages')
    .action(async (date: string | undefined) => {
      const api = await connect();
      if (date !== undefined) return printDay(await api.day(date));
      const { days } = await api.days();
      if (days.length === 0) return print('No day was opened yet. Open one with: tain day run DATE');
      print(formatTable(days.map(describeDay)));
    });
  command
    .command('summary')
    .description('write the summary of a day into a file that a browser shows')
    .argument('<date>', 'business date, YYYY-MM-DD')
    .option('--out <file>', 'where it is written; absent: cftc-day-DATE.html in this folder')
    .option('--open', 'show it in the browser')
    .action(async (date: string, wish: SummaryWish) =>
      writeSummary(await (await connect()).daySummary(date), date, wish),
    );
  const change = (operation: 'close' | 'reopen', does: string): void =>
    void command
      .command(operation)
      .description(does)
      .argument('<date>', 'business date')
      .requiredOption('--reason <text>', 'why, for the audit log')
      .action(async (date: string, wish: DayWish) =>
        printDay(await (await connect()).operateDay(date, operation, wish)),
      );
  command
    .command('waive')
    .description('let a day be cut without an input')
    .argument('<date>', 'business date')
    .argument('<name>', 'the input')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action(async (date: string, name: string, { reason }: DayWish) =>
      printDay(await (await connect()).operateDay(date, 'waive', { name, reason })),
    );
  change('close', 'close a day that has nothing to report, is incomplete, or is sent nowhere');
  change('reopen', 'open a day again as its next version; only where nothing of it was sent');
  addDayReplay(command);
}

type SummaryWish = { readonly out?: string; readonly open?: true };

/** A page with nothing in it that is loaded or run: it needs no token, and is for its owner's eyes. */
async function writeSummary(page: string, date: string, { out, open }: SummaryWish): Promise<void> {
  const file = path.resolve(out ?? `cftc-day-${date}.html`);
  await writeFile(file, page, { mode: 0o600 });
  print(`Wrote the summary of ${date} to ${plain(file)}`);
  if (open && !(await openInBrowser(file))) print('No browser could be started here; open the file in one.');
}

/** "2026-11-30", "delivering", "1,204 messages", "waiting": a day, in columns. */
const describeDay = ({ date, state, counts, problem, blocking }: DayView): string[] => [
  date,
  state,
  counts === null ? '' : `${formatCount(counts.messages)} messages`,
  plain(problem?.detail ?? blocking[0]?.text ?? ''),
];

const WHOLE: Readonly<Record<DayView['steps'][number]['state'], string>> = {
  done: 'done',
  'under-way': 'under way',
  waiting: 'waiting',
  'to-come': '',
};

function printDay(day: DayView): void {
  const { counts, messages, problem } = day;
  print(styled('bold', `Day ${day.date}, version ${day.version}: ${day.state}`));
  print(formatTable(day.steps.map(({ name, state }) => [name, WHOLE[state]])));
  if (day.inputs.length > 0) {
    print();
    print(formatTable(day.inputs.map(describeInput)));
  }
  if (counts !== null) {
    print();
    for (const line of describeDaySums(counts, messages)) print(line);
  }
  if (day.groups.length > 0) print(formatTable(day.groups.map(describeGroup)));
  if (day.nextDueAt !== null) print(`The next deadline is ${formatTime(day.nextDueAt)}.`);
  if (day.closedReason !== null) print(`Closed by ${plain(day.closedBy ?? '')}: ${plain(day.closedReason)}`);
  if (problem) print(`${problem.code}: ${plain(`${problem.detail} ${problem.help}`)}`);
  for (const { text } of day.blocking) print(plain(text));
}

function describeInput({ name, expected, state, dueAt, waivedBy, waivedReason }: DayView['inputs'][number]) {
  const due = dueAt === null ? 'no due time' : `due ${formatTime(dueAt)}`;
  const waived = waivedBy === null ? '' : `by ${plain(waivedBy)}: ${plain(waivedReason ?? '')}`;
  return [name, plain(expected), state, state === 'waived' ? waived : due];
}

const describeGroup = ({
  kind,
  assetClass,
  nextDueAt,
  ...states
}: DayView['groups'][number]): (string | number)[] => [
  kind,
  assetClass ?? '',
  Object.values(states).reduce((sum, count) => sum + count, 0),
  nextDueAt === null ? '' : `due ${formatTime(nextDueAt)}`,
];
