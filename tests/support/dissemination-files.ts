/** Public dissemination files of every era, put together from the names of their columns. */

const legs = (...names: string[]): string[] => names.flatMap((name) => [`${name}-Leg 1`, `${name}-Leg 2`]);
const smallLegs = (...names: string[]): string[] =>
  names.flatMap((name) => [`${name}-leg 1`, `${name}-leg 2`]);
const numbered = (...names: string[]): string[] => names.flatMap((name) => [`${name} 1`, `${name} 2`]);
const prefixed = (...names: string[]): string[] =>
  names.flatMap((name) => [`Leg 1 - ${name}`, `Leg 2 - ${name}`]);
const list = (names: string): string[] => names.split('|');

const OPTION = ['Call amount', 'Call currency', 'Put amount', 'Put currency'];

/** Eras B and C differ in whether options and settlement come per leg, and in the three columns of the product. */
const sinceRewrite = (once: (...names: string[]) => string[], product: string[]): string[] => [
  ...list(
    'Dissemination Identifier|Original Dissemination Identifier|Action type|Event type|Event timestamp',
  ),
  ...list('Amendment indicator|Asset Class|Product name|Cleared|Mandatory clearing indicator'),
  ...list('Execution Timestamp|Effective Date|Expiration Date|Maturity date of the underlier'),
  ...list('Non-standardized term indicator|Platform identifier|Prime brokerage transaction indicator'),
  ...list('Block trade election indicator|Large notional off-facility swap election indicator'),
  ...legs('Notional amount', 'Notional currency', 'Notional quantity', 'Total notional quantity'),
  ...legs('Quantity frequency multiplier', 'Quantity unit of measure', 'Quantity frequency'),
  ...legs('Notional amount in effect on associated effective date'),
  ...legs('Effective date of the notional amount', 'End date of the notional amount'),
  ...once(...OPTION),
  ...list('Exchange rate|Exchange rate basis|First exercise date'),
  ...legs('Fixed rate'),
  ...list('Option Premium Amount|Option Premium Currency|Price|Price unit of measure'),
  ...legs('Spread', 'Spread currency'),
  ...list('Strike Price|Strike price currency/currency pair|Post-priced swap indicator|Price currency'),
  'Price notation',
  ...legs('Spread notation'),
  'Strike price notation',
  ...smallLegs('Fixed rate day count convention', 'Floating rate day count convention'),
  ...smallLegs('Floating rate reset frequency period', 'Floating rate reset frequency period multiplier'),
  'Other payment amount',
  ...['Leg 1', 'Leg 2'].flatMap((leg) => [
    `Fixed rate payment frequency period-${leg}`,
    `Floating rate payment frequency period-${leg}`,
    `Fixed rate payment frequency period multiplier-${leg}`,
    `Floating rate payment frequency period multiplier-${leg}`,
  ]),
  ...list('Other payment type|Other payment currency'),
  ...legs('Settlement currency'),
  ...once('Settlement location'),
  ...list('Collateralisation category|Custom basket indicator|Index factor'),
  ...legs('Underlier ID'),
  ...list('Underlier ID source-Leg 1|Underlying Asset Name'),
  ...legs('Underlying asset subtype or underlying contract subtype'),
  ...list('Embedded Option type|Option Type|Option Style|Package indicator|Package transaction price'),
  ...list('Package transaction price currency|Package transaction price notation'),
  ...list(
    'Package transaction spread|Package transaction spread currency|Package transaction spread notation',
  ),
  ...list('Physical delivery location-Leg 1|Delivery Type'),
  ...product,
];

export const ERA_COLUMNS = {
  A: [
    ...list(
      'Dissemination ID|Original Dissemination ID|Primary Asset Class|Product ID|Action|Transaction Type',
    ),
    ...list('Block Trade Election Indicator|Cleared|Clearing Exception or Exemption Indicator'),
    ...list('Day Count Convention|Effective Date|Embedded Option Type|Event Timestamp|Exchange Rate'),
    ...list('Exchange Rate Basis|Execution Timestamp|Expiration Date|First Exercise Date'),
    ...numbered('Fixed Rate'),
    'Fixed Recovery CDS Final Price',
    ...numbered('Floating Rate Reset Frequency Period', 'Floating Rate Reset Frequency Period Multiplier'),
    ...prefixed('Commodity Underlyer ID', 'Floating Rate Index'),
    'Non-Standardized Pricing Indicator',
    ...numbered('Notional Amount', 'Notional Currency', 'Notional Quantity', 'Total Notional Quantity'),
    ...list('Option Entitlement|Option Premium Amount|Option Premium Currency|Other Payment Amount'),
    ...numbered('Payment Frequency Period', 'Payment Frequency Period Multiplier', 'Price'),
    ...numbered('Price Unit Of Measure'),
    ...list('Quantity Frequency|Quantity Unit Of Measure'),
    ...numbered('Settlement Currency', 'Spread', 'Spread Currency'),
    ...list('Strike Price|Strike Price Currency|Underlying Asset ID|Underlying Asset ID Type'),
    'Underlying Asset Name',
    ...prefixed('Commodity Instrument ID'),
    ...list('Option Type|Option Style|Execution Venue Type|Collateralization Type'),
  ],
  B: sinceRewrite(legs, []),
  C: sinceRewrite((...names) => names, list('Unique Product Identifier|UPI FISN|UPI Underlier Name')),
} as const;

/** A row of an era from the values that it has. */
export function disseminatedRow(
  columns: readonly string[],
  values: Readonly<Record<string, string>>,
): string {
  for (const name of Object.keys(values)) if (!columns.includes(name)) throw new Error(`no column ${name}`);
  return columns
    .map((name) => (values[name]?.includes(',') ? `"${values[name]}"` : (values[name] ?? '')))
    .join(',');
}
