/** tain trace ID: from input bytes to the answers of a repository, and back from any of them. */
import type { Command } from 'commander';
import type { TraceView } from '../../contracts/trace.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { parseCount } from '../arguments.ts';
import { print } from '../print.ts';
import { readerLanguage } from '../reader.ts';
import { printTrace } from '../trace-report.ts';

type TraceOptions = { readonly limit: number; readonly all?: true; readonly json?: true };

const PAGE_RECORDS = 200;

export function addTrace(program: Command): void {
  program
    .command('trace')
    .argument(
      '<id>',
      'UTI, USI or portfolio key; id of a received file or "<file id>/<record>"; id of a message; name of a file of send/',
    )
    .description('show the way from input bytes to verdict, event, report line, delivery and answers')
    .option('--limit <n>', 'records to show', parseCount, 20)
    .option('--all', 'all records, however many')
    .option('--json', 'print it as the API answers')
    .action(async (id: string, { limit, all, json }: TraceOptions) => {
      const view = await read(await connectApi(loadConfig()), id, all ? Infinity : limit);
      if (json) print(JSON.stringify(view, null, 2));
      else printTrace(view, readerLanguage());
    });
}

async function read(api: ApiClient, id: string, limit: number): Promise<TraceView> {
  const view = await api.trace(id, { limit: Math.min(limit, PAGE_RECORDS) });
  const records = [...view.records];
  let { next } = view;
  while (next !== null && records.length < limit) {
    const page = await api.trace(id, { after: next, limit: Math.min(limit - records.length, PAGE_RECORDS) });
    records.push(...page.records);
    next = page.next;
  }
  return { ...view, records, leftOut: view.total - records.length, next };
}
