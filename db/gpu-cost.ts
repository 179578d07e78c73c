/** What the cost of a period is made from: cards, what was held of them, power, and prices. */
import type { Sql, TransactionSql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import { HOUR_MS, type CardUse, type CostInput } from '../domain/gpu-cost/cost-of-period.ts';
import { hourPrices, type HourPrices } from '../domain/gpu-cost/hour-prices.ts';
import { lastGpuPosition } from './gpu-position.ts';
import { listRates, listSiteRates } from './gpu-policy.ts';
import { listSpans, type SpanRow } from './gpu-spans.ts';

/** A card from when it was registered, or came back, until it was retired: as it was last in that time. */
type CardRow = {
  readonly device: string;
  readonly model: string;
  readonly slices: number;
  readonly inServiceOn: string;
  /** Null: it was not there before. */
  readonly returnedAt: Date | null;
  /** Null: it is in service. */
  readonly retiredAt: Date | null;
  /** 0 where it is not known: what it draws counts where it was measured. */
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
 * @throws TainError gpu.currency-changed
 */
export async function readCostFacts(
  sql: Sql,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<CostFacts> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const cards = await listCards(tx);
    const power = await tx<{ device: string; hour: Date; watts: number }[]>`
      select device, hour, power_watts::float8 as watts from gpu_usage_hourly
      where hour >= ${new Date(fromMs)} and hour < ${new Date(toMs)} and instance = '' and job_id = ''
        and power_watts is not null`;
    const spans = await listSpans(tx, { asOf: await lastGpuPosition(tx), since: new Date(fromMs) });
    const { cardRates, siteRates, currency } = await readRates(tx, toMs);
    checkCurrency(siteRates, { fromMs, toMs });
    const spansOf = Map.groupBy(spans, ({ device }) => device);
    const ofTime = ({ device, returnedAt, retiredAt }: CardRow): SpanRow[] =>
      (spansOf.get(device) ?? []).filter(
        ({ from }) => (returnedAt === null || from >= returnedAt) && (retiredAt === null || from < retiredAt),
      );
    const powerOf = Map.groupBy(power, ({ device }) => device);
    return {
      input: {
        ...{ fromMs, toMs, cardRates, siteRates },
        cards: cards.map((card) => useOf(card, ofTime(card), powerOf.get(card.device) ?? [], toMs)),
      },
      jobs: new Map(spans.map(({ jobId, owner, team }) => [jobId, { owner, team }])),
      currency,
    };
  });
}

/**
 * Each card as often as it went into service, by the history: what is the case now says nothing of hours that lie behind.
 * A row of the history that retires a card ends its time, and is the first of the next where it comes back.
 */
async function listCards(tx: TransactionSql): Promise<CardRow[]> {
  return tx<CardRow[]>`
    with changes as (
      select subject as device, position, at, after, after ->> 'state' = 'retired' as is_retired,
             count(*) filter (where after ->> 'state' = 'retired') over (
               partition by subject order by position rows between unbounded preceding and 1 preceding) as time
      from gpu_capacity_event where kind = 'device'
    ), times as (
      select device, time, min(at) filter (where not is_retired) as since, min(at) filter (where is_retired) as until,
             (array_agg(after order by position desc) filter (where not is_retired))[1] as card
      from changes group by device, time having not bool_and(is_retired)
    )
    select device, card ->> 'model' as model, (card ->> 'slices')::int as slices, card ->> 'in_service_on' as "inServiceOn",
           case when time > 0 then since end as "returnedAt", until as "retiredAt",
           coalesce(tdp_watts, 0) as "tdpWatts", idle_watts as "idleWatts"
    from times join gpu_models on gpu_models.model = card ->> 'model' order by device, time`;
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

/** Amounts of two currencies have no sum. @throws TainError gpu.currency-changed, with the first day of the other one */
function checkCurrency(
  rates: readonly { readonly currency: string; readonly fromMs: number }[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): void {
  const first = Math.max(
    0,
    rates.findLastIndex((rate) => rate.fromMs <= fromMs),
  );
  const before = rates[first]?.currency ?? '';
  const other = rates.slice(first).find((rate) => rate.currency !== before && rate.fromMs < toMs);
  if (!other) return;
  const day = new Date(other.fromMs).toISOString().slice(0, 10);
  throw new TainError('gpu.currency-changed', { day, before, currency: other.currency });
}

/** What an hour of a card costs at an instant, by model, and in which currency; null: no prices are set. */
export async function readHourPrices(
  tx: TransactionSql,
  nowMs: number,
): Promise<{ readonly prices: HourPrices; readonly currency: string | null }> {
  const cards = await tx<{ model: string; inServiceOn: string; tdpWatts: number }[]>`
    select model, in_service_on as "inServiceOn", coalesce(tdp_watts, 0) as "tdpWatts"
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
  const heldFromMs = Math.floor(firstHeld / HOUR_MS) * HOUR_MS;
  const [dayMs, backMs] = [startOf(card.inServiceOn), card.returnedAt?.getTime() ?? -Infinity];
  const fromMs = Math.max(Math.min(dayMs, heldFromMs), backMs);
  // A card that was cut otherwise before is counted in cells of which each of its cuts has a whole number.
  const cells = spans.reduce((all, { ofSlices }) => leastCommonMultiple(all, ofSlices), card.slices);
  return {
    device: card.device,
    model: card.model,
    slices: cells,
    fromMs,
    writtenOffFromMs: Math.min(dayMs, fromMs),
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
