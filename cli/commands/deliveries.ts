/** tain deliveries: files on their way to targets, and what they were answered. */
import type { Command } from 'commander';
import type { DeliveryView } from '../../contracts/outbound.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi } from '../api-client.ts';
import { formatCount, formatTable, plain, print, styled } from '../print.ts';

/** A person waits; a frozen engine does not say so. */
const DEADLINE_MS = 10_000;

const connect = () => connectApi(loadConfig(), DEADLINE_MS);

export function addDeliveries(program: Command): void {
  const command = program.command('deliveries').description('files on their way to targets');
  command
    .command('list', { isDefault: true })
    .description('show deliveries, the newest first, and what is the matter with them')
    .option('--date <YYYY-MM-DD>', 'of a business date')
    .option('--state <state>', 'of a state, like failed or silent')
    .action(async (query: Record<string, string>) => {
      const { deliveries, sessions } = await (await connect()).deliveries(query);
      if (deliveries.length === 0) print('There are no deliveries.');
      else print(formatTable(deliveries.map(describeDelivery)));
      for (const { id, problem } of deliveries) if (problem) printProblem(id, problem);
      for (const { target, session, problem } of sessions)
        if (problem) printProblem(`${target} ${session}`, problem);
    });
  command
    .command('retry')
    .description('try a delivery again that has failed')
    .argument('<id>', 'the delivery')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action(async (id: string, wish: { reason: string }) => {
      const delivery = await (await connect()).retryDelivery(id, wish);
      print(formatTable([describeDelivery(delivery)]));
    });
  command
    .command('give-up')
    .description('end a delivery that gets no answer, or cannot be made')
    .argument('<id>', 'the delivery')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action(async (id: string, wish: { reason: string }) => {
      const delivery = await (await connect()).giveUpDelivery(id, wish);
      print(formatTable([describeDelivery(delivery)]));
    });
}

const describeDelivery = (delivery: DeliveryView): string[] => [
  plain(delivery.id),
  delivery.businessDate,
  plain(delivery.file),
  plain(delivery.target),
  delivery.state,
  `sent ${formatCount(delivery.sent)} of ${formatCount(delivery.records)} = acknowledged ` +
    `${formatCount(delivery.acknowledged)} + refused ${formatCount(delivery.refused)} + open ${formatCount(delivery.open)}`,
];

function printProblem(what: string, { detail, help }: { detail: string; help: string }): void {
  print(`${styled('bold', plain(what))}  ${plain(detail)}`);
  print(styled('dim', `  ${plain(help)}`));
}
