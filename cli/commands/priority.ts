/** tain priority: what is held back so that realtime stays fast, and an operator's say in it. */
import type { Command } from 'commander';
import type { OverrideKind } from '../../contracts/priority.ts';
import type { PriorityView } from '../../contracts/priority.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { parseCount } from '../arguments.ts';
import { formatTable, plain, print } from '../print.ts';
import { formatTime } from '../reader.ts';

/** A person waits; a frozen engine does not say so. */
const DEADLINE_MS = 10_000;
const MIB = 1024 ** 2;

export function addPriority(program: Command): void {
  const priority = program
    .command('priority')
    .description('what is held back so that realtime stays fast, and why');
  const show = async (ask: (api: ApiClient) => Promise<PriorityView>): Promise<void> =>
    printPriority(await ask(await connectApi(loadConfig(), DEADLINE_MS)));

  priority
    .command('show', { isDefault: true })
    .description('show what is held, why and since when')
    .action(() => show((api) => api.priority()));
  const force = (action: OverrideKind, what: string): void =>
    void priority
      .command(action)
      .description(`${what} for some time, whatever the governor decides`)
      .requiredOption('--reason <text>', 'why; it is shown, and kept in the audit log')
      .requiredOption('--minutes <count>', 'how long, at most a day', parseCount)
      .action((options: { reason: string; minutes: number }) =>
        show((api) => api.overridePriority({ action, ...options })),
      );
  force('hold', 'hold training and pace batch');
  force('release', 'hold nothing');
  priority
    .command('auto')
    .description('end hold or release before its time: the governor decides again')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action((options: { reason: string }) => show((api) => api.endOverride(options)));
}

/** What is held, why and for how long, on a line. */
export const describeHold = ({ text, reason, ageSeconds }: PriorityView): string =>
  reason === null ? text : `${text} ${reason.text} (${ageSeconds} s)`;

const describePace = (bytes: number | null): string =>
  bytes === null ? 'unlimited' : `${(bytes / MIB).toFixed(1)} MiB of WAL a second`;

function printPriority(view: PriorityView): void {
  const { reason, since, ageSeconds, override, governor, pressure } = view;
  print(plain(view.text));
  print(
    formatTable([
      ...(reason ? [['why', plain(reason.text)]] : []),
      ...(since ? [['since', `${formatTime(since)} (${ageSeconds} s)`]] : []),
      ['batch', describePace(view.batch.bytesPerSecond)],
      ['backfill', describePace(view.background.bytesPerSecond)],
      [
        'gpu-training',
        { true: 'starts nothing', false: 'open', null: 'not known' }[`${view.training.isHeld}`],
      ],
      ...view.feeds.map(({ feed, isWanted, lagMs, lagMessages }) => [
        `feed ${feed}`,
        isWanted ? `${lagMs} ms, ${lagMessages} messages behind` : 'not read',
      ]),
      [
        'pressure',
        pressure
          ? `cpu ${pressure.cpuSome} %, io ${pressure.ioSome} %, memory ${pressure.memorySome} %`
          : 'not told by the kernel',
      ],
      ['governor', governor.ageSeconds === null ? 'has never looked' : `looked ${governor.ageSeconds} s ago`],
      ...(override
        ? [
            [
              'forced',
              `${override.action} by ${plain(override.by)}, until ${formatTime(override.until)}: ${plain(override.reason)}`,
            ],
          ]
        : []),
    ]),
  );
  for (const { text } of view.alarms) print(`ALARM ${plain(text)}`);
}
