/** tain exceptions: what needs a person, and taking, noting and resolving it. */
import type { Command } from 'commander';
import type {
  ExceptionItems,
  ExceptionList,
  ExceptionState,
  ExceptionView,
} from '../../contracts/exceptions.schema.ts';
import { EXCEPTION_TEXTS } from '../../contracts/texts/describe-exceptions.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { formatAge } from '../format-age.ts';
import { formatCount, formatTable, plain, print, styled } from '../print.ts';
import { formatTime, readerLanguage } from '../reader.ts';

type ListOptions = { readonly kind?: string; readonly mine?: true; readonly json?: true };

export function addExceptions(program: Command): void {
  const exceptions = program.command('exceptions').description('what needs a person, one per cause');
  exceptions
    .command('list', { isDefault: true })
    .description('list it, the most pressing first: exit 0 nothing, 1 something')
    .option('--kind <kind>', 'only causes of this kind')
    .option('--mine', 'only those that this user has taken')
    .option('--json', 'print it as the API answers')
    .action(async ({ kind, mine, json }: ListOptions) => {
      const api = await connectApi(loadConfig());
      const list = await api.exceptions({ ...(kind && { kind }), ...(mine && { mine: 'true' }) });
      if (json) print(JSON.stringify(list, null, 2));
      else printList(list);
      process.exitCode = list.exceptions.length > 0 ? 1 : 0;
    });
  exceptions
    .command('show')
    .argument('<key>', 'key of the cause')
    .description('show what one is made of: rules and files, messages, swaps')
    .option('--json', 'print it as the API answers')
    .action(async (key: string, { json }: { json?: true }) => {
      const items = await (await connectApi(loadConfig())).exceptionItems(key);
      if (json) print(JSON.stringify(items, null, 2));
      else printItems(items);
    });
  exceptions
    .command('take')
    .argument('<key>', 'key of the cause')
    .description('take one: it is yours from now on')
    .option('--reason <text>', 'kept in the audit log')
    .option('--force', 'also when somebody else has it')
    .action((key: string, { reason, force }: { reason?: string; force?: true }) =>
      handle(key, (api) =>
        api.handleException(key, 'take', { ...(reason && { reason }), ...(force && { force }) }),
      ),
    );
  exceptions
    .command('note')
    .argument('<key>', 'key of the cause')
    .argument('<text>', 'what is known of it')
    .description('write a note to one')
    .action((key: string, note: string) => handle(key, (api) => api.handleException(key, 'note', { note })));
  exceptions
    .command('resolve')
    .argument('<key>', 'key of the cause')
    .description('settle one by a word; refused while a cause is there that can be removed')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action((key: string, { reason }: { reason: string }) =>
      handle(key, (api) => api.handleException(key, 'resolve', { reason })),
    );
}

async function handle(key: string, ask: (api: ApiClient) => Promise<ExceptionState>): Promise<void> {
  const { exception } = await ask(await connectApi(loadConfig()));
  if (exception === null) print(`${plain(key)} ✓`);
  else printList({ exceptions: [exception], more: [], resolved: 0 });
}

function printList({ exceptions, more }: ExceptionList): void {
  const texts = EXCEPTION_TEXTS[readerLanguage()];
  if (exceptions.length === 0) return print(texts.nothing);
  const { columns } = texts;
  print(
    formatTable([
      [columns.count, columns.owner, columns.age, columns.deadline, columns.what],
      ...exceptions.map(rowOf),
    ]),
  );
  print();
  for (const one of exceptions) printRemedy(one);
  for (const { kind, count } of more) print(texts.more(kind, formatCount(count)));
  print(texts.sum(formatCount(exceptions.length)));
}

function rowOf({ count, owner, ageSeconds, deadline, isOverdue, title }: ExceptionView): (string | number)[] {
  const texts = EXCEPTION_TEXTS[readerLanguage()];
  const due = deadline === null ? '' : formatTime(deadline) + (isOverdue ? ` (${texts.overdue})` : '');
  return [
    count,
    owner.actor === null ? texts.nobody(owner.role) : plain(owner.actor),
    ageSeconds === null ? '' : formatAge(ageSeconds, texts.age),
    due,
    plain(title),
  ];
}

function printRemedy({ key, remedy, note }: ExceptionView): void {
  const texts = EXCEPTION_TEXTS[readerLanguage()];
  print(`${styled('bold', plain(key))}\n    ${plain(remedy)}`);
  if (note !== null) print(`    ${plain(texts.note(note.by, note.text))}`);
}

function printItems({ items, hasMore }: ExceptionItems): void {
  const texts = EXCEPTION_TEXTS[readerLanguage()];
  if (items.length === 0) return print(texts.noItems);
  const { columns } = texts;
  print(
    formatTable([
      [columns.count, columns.deadline, columns.item, columns.about],
      ...items.map(({ count, deadline, name, about }) => [
        count,
        deadline === null ? '' : formatTime(deadline),
        plain(name),
        plain(about),
      ]),
    ]),
  );
  if (hasMore) print(texts.moreItems);
}
