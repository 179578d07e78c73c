/**
 * What a card costs in an hour, from what it was bought for and what it takes to run. Money is in whole millionths of
 * the currency ("micros"), rounded once for each part.
 */

export type CardRates = {
  readonly purchaseMicros: number;
  readonly salvageMicros: number;
  readonly lifeYears: number;
  /** Maintenance of a year, as a share of the purchase price. */
  readonly maintenanceShare: number;
};

/** Of all cards together, and of electricity. */
export type SiteRates = {
  readonly pue: number;
  readonly kwhMicros: number;
  readonly labourMicrosPerMonth: number;
  readonly infraMicrosPerMonth: number;
};

export type CardHour = {
  readonly card: CardRates;
  readonly site: SiteRates;
  /** Mean power of the hour, in watts. */
  readonly powerWatts: number;
  /** Hours of the month that the hour lies in: 672 to 744. */
  readonly hoursInMonth: number;
  /** Cards that share labour and infrastructure. */
  readonly cards: number;
  /** Hours since the card went into service: what is written off costs no depreciation any more. */
  readonly ageHours: number;
};

/** The five parts of the cost of an hour, in micros, and their sum. */
export type HourCost = {
  readonly depreciation: number;
  readonly electricity: number;
  readonly maintenance: number;
  readonly labour: number;
  readonly infrastructure: number;
  readonly total: number;
};

const HOURS_IN_YEAR = 8760;

/**
 * Straight-line depreciation over `lifeYears` of 8760 h, until then; electricity = W/1000 × PUE × price of a kWh;
 * maintenance = purchase × share / 8760; labour and infrastructure = month / (hours of the month × cards).
 */
export function costOfCardHour(hour: CardHour): HourCost {
  const { card, site, powerWatts, hoursInMonth, cards, ageHours } = hour;
  const lifeHours = card.lifeYears * HOURS_IN_YEAR;
  const perCard = hoursInMonth * cards;
  const parts = {
    depreciation:
      ageHours < lifeHours ? Math.round((card.purchaseMicros - card.salvageMicros) / lifeHours) : 0,
    electricity: Math.round((powerWatts / 1000) * site.pue * site.kwhMicros),
    maintenance: Math.round((card.purchaseMicros * card.maintenanceShare) / HOURS_IN_YEAR),
    labour: Math.round(site.labourMicrosPerMonth / perCard),
    infrastructure: Math.round(site.infraMicrosPerMonth / perCard),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** What an hour that somebody uses must bring in, in micros: the owned hour over the share of hours that are used. */
export const effectiveHourMicros = (ownedMicros: number, utilisation: number): number | null =>
  utilisation > 0 ? Math.round(ownedMicros / utilisation) : null;
