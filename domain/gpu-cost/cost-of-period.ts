/** What all cards cost in a period, by job and hour by hour: each hour at its own price. */
import { costOfCardHour, type CardRates, type HourCost, type SiteRates } from './hourly-cost.ts';
import { spansOf, type Holding } from './held-spans.ts';
import { shareHour, type CostKind, type HeldSpan } from './share-hour.ts';
import { shareOut } from './share-out.ts';

export const HOUR_MS = 3_600_000;

/** Rates from an instant on, until the next. */
export type Dated<Rates> = Rates & { readonly fromMs: number };

/** A card in service: one that was retired and came back is one more for each time. */
export type CardUse = {
  readonly device: string;
  readonly model: string;
  readonly slices: number;
  /** When it went into service or came back, and was retired or the period ends. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Since when it is written off. */
  readonly writtenOffFromMs: number;
  /** Where no power was measured: that of a card at work, and of one that is idle. */
  readonly tdpWatts: number;
  readonly idleWatts: number;
  /** Mean power by the start of the hour, where it was measured. */
  readonly powerByHour: ReadonlyMap<number, number>;
  readonly holdings: readonly Holding[];
};

export type CostInput = {
  /** Whole hours, in milliseconds (UTC). */
  readonly fromMs: number;
  readonly toMs: number;
  /** In the order of their beginnings. */
  readonly cardRates: ReadonlyMap<string, readonly Dated<CardRates>[]>;
  readonly siteRates: readonly Dated<SiteRates>[];
  readonly cards: readonly CardUse[];
};

export type JobCost = Record<CostKind, number> & { readonly jobId: string; readonly totalMicros: number };

export type CostOfPeriod = {
  /** Σ jobs + idle = total, to the micro. */
  readonly totalMicros: number;
  readonly idleMicros: number;
  readonly parts: HourCost;
  readonly jobs: readonly JobCost[];
  /** Hours of cards without a price, which cost nothing here: somebody must name one. */
  readonly unpricedHours: number;
};

/** Sums up the cost of all hours of all cards. */
export function costOfPeriod(input: CostInput): CostOfPeriod {
  const jobs = new Map<string, Record<CostKind, number>>();
  const parts = { depreciation: 0, electricity: 0, maintenance: 0, labour: 0, infrastructure: 0, total: 0 };
  let idleMicros = 0;
  let unpricedHours = 0;
  const cards = input.cards.map((card) => ({ ...card, spans: spansByHour(card.holdings, input) }));
  for (let hour = input.fromMs; hour < input.toMs; hour += HOUR_MS) {
    const inService = cards.filter((card) => card.fromMs < hour + HOUR_MS && card.toMs > hour);
    const count = new Set(inService.map(({ device }) => device)).size;
    for (const card of inService) {
      const spans = card.spans.get(hour) ?? [];
      const priced = priceCard(input, card, { hour, spans, cards: count });
      if (priced === null) {
        unpricedHours += 1;
        continue;
      }
      for (const part of Object.keys(parts) as (keyof HourCost)[]) parts[part] += priced.cost[part];
      const time = { ...priced.time, slices: card.slices, micros: priced.cost.total };
      const shared = shareHour(time, spans);
      idleMicros += shared.idleMicros;
      for (const { jobId, kind, micros } of shared.lines) {
        const known = jobs.get(jobId) ?? { kept: 0, wasted: 0, frozen: 0 };
        jobs.set(jobId, { ...known, [kind]: known[kind] + micros });
      }
    }
  }
  return {
    totalMicros: parts.total,
    idleMicros,
    parts,
    jobs: [...jobs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([jobId, kinds]) => ({ jobId, ...kinds, totalMicros: kinds.kept + kinds.wasted + kinds.frozen })),
    unpricedHours,
  };
}

/** The spans that touch each hour of a period, by the start of the hour. */
function spansByHour(
  holdings: readonly Holding[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Map<number, HeldSpan[]> {
  const byHour = new Map<number, HeldSpan[]>();
  for (const span of holdings.flatMap(spansOf)) {
    const first = fromMs + Math.floor((Math.max(span.fromMs, fromMs) - fromMs) / HOUR_MS) * HOUR_MS;
    for (let hour = first; hour < Math.min(span.toMs, toMs); hour += HOUR_MS)
      byHour.set(hour, [...(byHour.get(hour) ?? []), span]);
  }
  return byHour;
}

type HourOfCard = { readonly hour: number; readonly spans: readonly HeldSpan[]; readonly cards: number };

/** The cost of the part of an hour that a card is in service; null where it has no price. */
function priceCard(input: CostInput, card: CardUse, { hour, spans, cards }: HourOfCard) {
  const time = { fromMs: Math.max(card.fromMs, hour), toMs: Math.min(card.toMs, hour + HOUR_MS) };
  const rates = ratesAt(input.cardRates.get(card.model) ?? [], hour);
  const site = ratesAt(input.siteRates, hour);
  if (rates === null || site === null) return null;
  const whole = costOfCardHour({
    card: rates,
    site,
    powerWatts: card.powerByHour.get(hour) ?? assumedPower(card, time, spans),
    hoursInMonth: hoursInMonthOf(hour),
    cards,
    ageHours: (hour - card.writtenOffFromMs) / HOUR_MS,
  });
  const { total, ...five } = whole;
  const ms = time.toMs - time.fromMs;
  if (ms === HOUR_MS) return { time, cost: whole };
  const [part] = shareOut(total, [ms, HOUR_MS - ms]);
  const [depreciation, electricity, maintenance, labour, infrastructure] = shareOut(
    part!,
    Object.values(five),
  ) as [number, number, number, number, number];
  const cost = { depreciation, electricity, maintenance, labour, infrastructure };
  // Where all five are nothing, so is their sum.
  return { time, cost: { ...cost, total: Object.values(cost).reduce((sum, one) => sum + one, 0) } };
}

/** Power where none was measured: that at work for the share of cells and time that was held, idle for the rest. */
function assumedPower(
  card: CardUse,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  spans: readonly HeldSpan[],
): number {
  const held = spans
    .filter(({ kind }) => kind !== 'frozen')
    .reduce(
      (sum, span) =>
        sum + span.slices * Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)),
      0,
    );
  const share = Math.min(1, held / (card.slices * (toMs - fromMs)));
  return card.idleWatts + (card.tdpWatts - card.idleWatts) * share;
}

/** The last rates that have begun. */
export function ratesAt<Rates>(dated: readonly Dated<Rates>[], instant: number): Dated<Rates> | null {
  return dated.findLast(({ fromMs }) => fromMs <= instant) ?? null;
}

/** Hours of the month (UTC) that an instant lies in. */
export function hoursInMonthOf(instant: number): number {
  const date = new Date(instant);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() * 24;
}
