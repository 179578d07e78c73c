/** tain obligations: what our entities owe by when, and what is in the way. */
import type { Command } from 'commander';
import type { ObligationList, ObligationView } from '../../contracts/obligations.schema.ts';
import { OBLIGATION_TEXTS } from '../../contracts/texts/describe-obligations.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi } from '../api-client.ts';
import { parseDate } from '../arguments.ts';
import { formatCount, formatTable, plain, print } from '../print.ts';
import { formatTime, readerLanguage } from '../reader.ts';

type Options = { readonly from?: string; readonly to?: string; readonly json?: true };

export function addObligations(program: Command): void {
  program
    .command('obligations')
    .description('what our entities owe by when, and what is in the way: exit 0 none missed, 1 some')
    .option('--from <YYYY-MM-DD>', 'first day on which it is due; absent: a week ago', parseDate)
    .option('--to <YYYY-MM-DD>', 'last day; absent: in a week', parseDate)
    .option('--json', 'print it as the API answers')
    .action(async ({ from, to, json }: Options) => {
      const api = await connectApi(loadConfig());
      const list = await api.obligations({ ...(from && { from }), ...(to && { to }) });
      if (json) print(JSON.stringify(list, null, 2));
      else printList(list);
      process.exitCode = list.obligations.some(({ state }) => state === 'missed') ? 1 : 0;
    });
}

function printList({ obligations, notCut, from, to }: ObligationList): void {
  const texts = OBLIGATION_TEXTS[readerLanguage()];
  const { due, state, entity, what, open, blocking } = texts.columns;
  if (obligations.length === 0) print(texts.nothing(from, to));
  else print(formatTable([[due, state, entity, what, open, blocking], ...obligations.map(rowOf)]));
  if (notCut.length === 0) return;
  print();
  print(texts.notCut);
  print(formatTable(notCut.map(({ count, text, example }) => [count, text, plain(example ?? '')])));
}

function rowOf(one: ObligationView): (string | number)[] {
  const texts = OBLIGATION_TEXTS[readerLanguage()];
  const { kind, part, obligation, date, dueAt, state, open, total, entity, isOurs, blocking } = one;
  const what = [texts.kinds[kind], part === null ? '' : texts.part(part), date ?? '', obligation];
  const inTheWay = blocking.map(({ count, text, example }) =>
    [formatCount(count), text, example === null ? '' : `(${example})`].filter(Boolean).join(' '),
  );
  return [
    dueAt === null ? texts.noDue : formatTime(dueAt),
    texts.states[state],
    plain(isOurs ? entity : `${entity} ${texts.notOurs}`),
    plain(what.filter(Boolean).join(', ')),
    total === null ? formatCount(open) : `${formatCount(open)} / ${formatCount(total)}`,
    plain(inTheWay.join('; ')),
  ];
}
