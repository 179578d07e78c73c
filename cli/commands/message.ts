/** tain message: an outgoing message with its answers, sending again what was refused, and giving up what gets no answer. */
import type { Command } from 'commander';
import type { OutboundMessageView } from '../../contracts/outbound.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi } from '../api-client.ts';
import { formatTable, plain, print, styled } from '../print.ts';
import { formatTime } from '../reader.ts';

/** A person waits; a frozen engine does not say so. */
const DEADLINE_MS = 10_000;

const connect = () => connectApi(loadConfig(), DEADLINE_MS);

export function addMessage(program: Command): void {
  const command = program.command('message').description('messages to a repository');
  command
    .command('show')
    .description('show a message, what it says and what it was answered')
    .argument('<id>', 'the message, like 45- and 24 hex digits')
    .option('--json', 'print it as the API answers')
    .action(async (id: string, { json }: { json?: true }) => {
      const message = await (await connect()).message(id);
      if (json) print(JSON.stringify(message, null, 2));
      else printMessage(message);
    });
  command
    .command('resubmit')
    .description('send again what was refused, as a message of its own')
    .argument('<id>', 'the refused message')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action(async (id: string, wish: { reason: string }) =>
      printMessage(await (await connect()).resubmitMessage(id, wish)),
    );
  command
    .command('give-up')
    .description('say that no answer will come on a message: it counts as refused')
    .argument('<id>', 'a message that was sent')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action(async (id: string, wish: { reason: string }) =>
      printMessage(await (await connect()).giveUpMessage(id, wish)),
    );
}

function printMessage(message: OutboundMessageView): void {
  const { id, part, action, subject, state, attempt, answers, issues } = message;
  print(styled('bold', `${id}  part ${part}  ${plain(action)}  ${plain(subject.key)}  ${state}`));
  const row = (name: string, value: string | null): string[][] =>
    value === null ? [] : [[name, plain(value)]];
  const at = (name: string, value: string | null): string[][] => row(name, value && formatTime(value));
  print(
    formatTable([
      ['event', plain(message.event)],
      ['attempt', String(attempt)],
      ...row('held by', message.heldBy),
      ...row('resubmits', message.resubmits),
      ...row('resubmitted by', message.resubmittedBy),
      ...row('delivery', message.delivery),
      ...row('public because', message.reason),
      ...at('due', message.dueAt),
      ...at('sent', message.sentAt),
      ...at('received', message.receivedAt),
      ...at('answered', message.answeredAt),
      ...at('given up', message.givenUpAt),
    ]),
  );
  for (const { message: text } of issues) print(`  ${plain(text)}`);
  for (const { receivedAt, target, session, sequence, kind, verdict, effect } of answers)
    print(
      `  ${formatTime(receivedAt)}  ${plain(target)} ${plain(session)}/${sequence}  ${kind} ${verdict ?? ''} (${effect})`,
    );
}
