/** tain message: an outgoing message with its answers, and what somebody decides about it. */
import type { Command } from 'commander';
import type { OutboundMessageView } from '../../contracts/outbound.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
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
  const change = (name: string, description: string, subject: string, decide: Decide): Command =>
    command
      .command(name)
      .description(description)
      .argument('<id>', subject)
      .requiredOption('--reason <text>', 'why, for the audit log')
      .action(async (id: string, wish: { reason: string }) =>
        printMessage(await decide(await connect(), id, wish)),
      );
  change(
    'resubmit',
    'send again what was refused, as a message of its own',
    'the refused message',
    (api, id, wish) => api.resubmitMessage(id, wish),
  );
  change(
    'give-up',
    'say that no answer will come on a message: it counts as refused',
    'a message that was sent',
    (api, id, wish) => api.giveUpMessage(id, wish),
  );
  change(
    'acknowledge',
    'say that the repository has a message: what waits for it is let go',
    'a message that was sent or refused',
    (api, id, wish) => api.acknowledgeMessage(id, wish),
  );
  change(
    'withdraw',
    'say that nothing takes the place of a message; what waits for a refused NEWT goes with it',
    'a message that was refused or is held',
    (api, id, wish) => api.withdrawMessage(id, wish),
  );
}

type Decide = (api: ApiClient, id: string, wish: object) => Promise<OutboundMessageView>;

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
