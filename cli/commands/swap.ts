/** tain swap UTI: what the ledger holds of a swap or portfolio, and where every event of it came from. */
import type { Command } from 'commander';
import type { SwapView } from '../../contracts/swaps.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { print } from '../print.ts';
import { printSwap } from '../swap-report.ts';

type SwapOptions = { readonly asOf?: string; readonly json?: true };

const PAGE_EVENTS = 1000;

export function addSwap(program: Command): void {
  program
    .command('swap')
    .argument('<uti>', 'UTI, or USI where messages carry no UTI; or the key of a portfolio')
    .description('show a swap as the ledger has it, and the source of every event')
    .option('--as-of <time>', 'as it was reported until a date, or a time in UTC like 2026-11-21T09:30:00Z')
    .option('--json', 'print it as the API answers')
    .action(async (key: string, { asOf, json }: SwapOptions) => {
      const view = await readAll(await connectApi(loadConfig()), key, asOf);
      if (json) print(JSON.stringify(view, null, 2));
      else printSwap(view);
    });
}

/** With its whole history, however long. An event that comes in between may be missing, or make the counts older. */
async function readAll(api: ApiClient, key: string, asOf: string | undefined): Promise<SwapView> {
  const query = { limit: PAGE_EVENTS, ...(asOf !== undefined && { asOf }) };
  const view = await api.swap(key, query);
  const history = [...view.history];
  for (let { next } = view; next !== null;) {
    const page = await api.swap(key, { ...query, after: next });
    history.push(...page.history);
    next = page.next;
  }
  return { ...view, history, next: null };
}
