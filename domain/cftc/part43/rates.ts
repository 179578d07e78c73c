/** What currencies were worth in US dollars, day by day: caps and block sizes are dollars, notional amounts are not. */
import { readTable, type TableProblem } from '../../csv/table.ts';
import { daysBetween } from '../calendars/days.ts';
import { ACTIVE_CURRENCIES, WITHDRAWN_CURRENCIES } from '../currencies.ts';
import { isAmount, multiplyDecimals } from '../decimal-ratio.ts';
import { readDate, readPositive, readText } from '../table-values.ts';

export type Rate = {
  readonly currency: string;
  readonly date: string;
  /** Dollars for one unit of the currency. */
  readonly usdPerUnit: string;
};

/** Rates of each currency in ascending order of date. */
export type RateTable = ReadonlyMap<string, readonly Rate[]>;

/** A rate serves weekends and holidays behind it, but not for longer. */
const MAX_AGE_DAYS = 7;

export function rateTableOf(rates: Iterable<Rate>): RateTable {
  const table = new Map<string, Rate[]>();
  for (const rate of rates) {
    const list = table.get(rate.currency);
    if (list === undefined) table.set(rate.currency, [rate]);
    else list.push(rate);
  }
  for (const list of table.values()) list.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  return table;
}

/** Dollars for one unit on a day: of that day, or the latest of the seven days before; null when there is none. */
export function usdPerUnit(rates: RateTable, currency: string, date: string): string | null {
  if (currency === 'USD') return '1';
  const found = rates.get(currency)?.findLast((rate) => rate.date <= date);
  if (found === undefined) return null;
  const age = daysBetween(found.date, date);
  return age !== null && age <= MAX_AGE_DAYS ? found.usdPerUnit : null;
}

/** An amount in dollars, exactly; null when no rate is known, or the text is no amount. */
export function toUsd(rates: RateTable, amount: string, currency: string, date: string): string | null {
  const rate = usdPerUnit(rates, currency, date);
  return rate === null || !isAmount(amount) ? null : multiplyDecimals(amount, rate);
}

/** Reads rates from the text of a CSV file with the columns currency, date, usdPerUnit. */
export function parseRateTable(text: string): {
  readonly table: RateTable;
  readonly problems: readonly TableProblem[];
} {
  const seen = new Set<string>();
  const columns = { required: ['currency', 'date', 'usdPerUnit'], optional: [] } as const;
  const { rows, problems } = readTable<(typeof columns.required)[number], Rate>(text, columns, (row) => {
    const currency = readText(row, 'currency');
    const date = readDate(row, 'date');
    const rate = readPositive(row, 'usdPerUnit');
    if (currency === null || date === null || rate === null) return null;
    if (!ACTIVE_CURRENCIES.has(currency) && !WITHDRAWN_CURRENCIES.has(currency)) {
      return row.fail('currency', 'value-not-allowed', 'ISO 4217');
    }
    if (seen.has(`${currency} ${date}`)) return row.fail(null, 'row-twice');
    seen.add(`${currency} ${date}`);
    return { currency, date, usdPerUnit: rate };
  });
  return { table: rateTableOf(rows), problems };
}
