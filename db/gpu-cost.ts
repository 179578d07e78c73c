/** What the cost of a period is made from: cards, what was held of them, power, and prices. */
import type { Sql, TransactionSql } from 'postgres';
import { HOUR_MS, type CardUse, type CostInput } from '../domain/gpu-cost/cost-of-period.ts';
import { hourPrices, type HourPrices } from '../domain/gpu-cost/hour-prices.ts';
import { lastGpuPosition } from './gpu-position.ts';
import { listRates, listSiteRates } from './gpu-policy.ts';
import { listSpans, type SpanRow } from './gpu-spans.ts';

type CardRow = {
  readonly device: string;
  readonly model: string;
  readonly slices: number;
  readonly inServiceOn: string;
  readonly retiredAt: Date | null;
  readonly tdpWatts: number;
  readonly idleWatts: number | null;
};

export type CostFacts = {
  readonly input: CostInput;
  /** Whose each job of the period is. */
  readonly jobs: ReadonlyMap<string, { readonly owner: string; readonly team: string }>;
  /** Of the prices that hold last in the period; null: there are none. */
  readonly currency: string | null;
};

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/**
 * Reads all that the cost of a period is made from, in one snapshot.
 * @param fromMs a whole hour; so is `toMs`, which lies no further ahead than the hour that is under way
 */
export async function readCostFacts(
  sql: Sql,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<CostFacts> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const cards = await tx<CardRow[]>`
      select device, card.model, slices, in_service_on as "inServiceOn",
             case when state = 'retired' then changed_at end as "retiredAt", tdp_watts as "tdpWatts",
             idle_watts as "idleWatts"
      from gpu_devices as card join gpu_models using (model) order by device`;
    const power = await tx<{ device: string; hour: Date; watts: number }[]>`
      select device, hour, power_watts::float8 as watts from gpu_usage_hourly
      where hour >= ${new Date(fromMs)} and hour < ${new Date(toMs)} and instance = '' and job_id = ''
        and power_watts is not null`;
    const spans = await listSpans(tx, { asOf: await lastGpuPosition(tx), since: new Date(fromMs) });
    const { cardRates, siteRates, currency } = await readRates(tx, toMs);
    const spansOf = Map.groupBy(spans, ({ device }) => device);
    const powerOf = Map.groupBy(power, ({ device }) => device);
    return {
      input: {
        ...{ fromMs, toMs, cardRates, siteRates },
        cards: cards.map((card) =>
          useOf(card, spansOf.get(card.device) ?? [], powerOf.get(card.device) ?? [], toMs),
        ),
      },
      jobs: new Map(spans.map(({ jobId, owner, team }) => [jobId, { owner, team }])),
      currency,
    };
  });
}

/** All prices, by the instants from which on they hold, and the currency of the last of them before an instant. */
async function readRates(tx: TransactionSql, beforeMs: number) {
  const rates = (await listRates(tx)).map((rate) => ({ ...rate, fromMs: startOf(rate.effectiveOn) }));
  const siteRates = (await listSiteRates(tx)).map(({ labourMicros, infraMicros, effectiveOn, ...rate }) => ({
    ...rate,
    fromMs: startOf(effectiveOn),
    labourMicrosPerMonth: labourMicros,
    infraMicrosPerMonth: infraMicros,
  }));
  return {
    cardRates: Map.groupBy(rates, ({ model }) => model),
    siteRates,
    currency: siteRates.findLast(({ fromMs }) => fromMs < beforeMs)?.currency ?? null,
  };
}

/** What an hour of a card costs at an instant, by model, and in which currency; null: no prices are set. */
export async function readHourPrices(
  tx: TransactionSql,
  nowMs: number,
): Promise<{ readonly prices: HourPrices; readonly currency: string | null }> {
  const cards = await tx<{ model: string; inServiceOn: string; tdpWatts: number }[]>`
    select model, in_service_on as "inServiceOn", tdp_watts as "tdpWatts"
    from gpu_devices join gpu_models using (model) where state <> 'retired'`;
  const { currency, ...rates } = await readRates(tx, nowMs);
  const atWork = cards.map(({ inServiceOn, ...card }) => ({ ...card, fromMs: startOf(inServiceOn) }));
  return { prices: hourPrices({ ...rates, cards: atWork, nowMs }), currency };
}

function useOf(
  card: CardRow,
  spans: readonly SpanRow[],
  power: readonly { hour: Date; watts: number }[],
  periodEnd: number,
): CardUse {
  // Whose card was held before the day that it says went into service then.
  const firstHeld = spans.reduce((first, { from }) => Math.min(first, from.getTime()), Infinity);
  const fromMs = Math.min(startOf(card.inServiceOn), Math.floor(firstHeld / HOUR_MS) * HOUR_MS);
  // A card that was cut otherwise before is counted in cells of which each of its cuts has a whole number.
  const cells = spans.reduce((all, { ofSlices }) => leastCommonMultiple(all, ofSlices), card.slices);
  return {
    device: card.device,
    model: card.model,
    slices: cells,
    fromMs,
    toMs: card.retiredAt?.getTime() ?? periodEnd,
    tdpWatts: card.tdpWatts,
    idleWatts: card.idleWatts ?? card.tdpWatts,
    powerByHour: new Map(power.map(({ hour, watts }) => [hour.getTime(), watts])),
    holdings: spans.map((span) => ({
      jobId: span.jobId,
      slices: (span.slices * cells) / span.ofSlices,
      fromMs: span.from.getTime(),
      toMs: span.to?.getTime() ?? periodEnd,
      keptUntilMs: span.keptUntil?.getTime() ?? null,
      frozen: span.frozen.map(([from, to]) => [from, to ?? periodEnd] as const),
    })),
  };
}

function leastCommonMultiple(one: number, other: number): number {
  let [large, small] = [one, other];
  while (small > 0) [large, small] = [small, large % small];
  return (one / large) * other;
}
