/** What an hour of a card at work costs now, by model: what a job will cost is told from it before it has run. */
import { HOUR_MS, hoursInMonthOf, ratesAt, type Dated } from './cost-of-period.ts';
import { costOfCardHour, type CardRates, type SiteRates } from './hourly-cost.ts';

type CardAtWork = {
  readonly model: string;
  readonly tdpWatts: number;
  /** When it went into service. */
  readonly fromMs: number;
};

/** Micros of an hour by model; a model without a price has none: it is not free. */
export type HourPrices = ReadonlyMap<string, number>;

/**
 * The mean of the cards of each model, with the power that they draw at most: the oldest may be written off already.
 * @param cards all that share labour and infrastructure
 */
export function hourPrices({
  cards,
  cardRates,
  siteRates,
  nowMs,
}: {
  readonly cards: readonly CardAtWork[];
  readonly cardRates: ReadonlyMap<string, readonly Dated<CardRates>[]>;
  readonly siteRates: readonly Dated<SiteRates>[];
  readonly nowMs: number;
}): HourPrices {
  const site = ratesAt(siteRates, nowMs);
  const prices = new Map<string, number>();
  if (site === null) return prices;
  for (const [model, own] of Map.groupBy(cards, (card) => card.model)) {
    const rates = ratesAt(cardRates.get(model) ?? [], nowMs);
    if (rates === null) continue;
    const hours = own.map(({ tdpWatts, fromMs }) =>
      costOfCardHour({
        ...{ card: rates, site, powerWatts: tdpWatts, hoursInMonth: hoursInMonthOf(nowMs) },
        ...{ cards: cards.length, ageHours: (nowMs - fromMs) / HOUR_MS },
      }),
    );
    prices.set(model, Math.round(hours.reduce((sum, { total }) => sum + total, 0) / own.length));
  }
  return prices;
}
