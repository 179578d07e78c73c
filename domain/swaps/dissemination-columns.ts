/**
 * The columns of public dissemination files (DTCC, CFTC part 43) that are not named after an element, in the three
 * layouts that were in use: A until 2022-12-04, B until 2024-01-28, C since then.
 */

export type Era = 'A' | 'B' | 'C';

/** Eras B and C: the repository's own columns, and the slots that hold their values as they are written. */
export const REPOSITORY_COLUMNS: Readonly<Record<string, string>> = {
  'Asset Class': 'assetClass',
  'Product name': 'productName',
  'Mandatory clearing indicator': 'mandatoryClearingIndicator',
  'Maturity date of the underlier': 'maturityDateOfTheUnderlier',
  'Large notional off-facility swap election indicator': 'largeNotionalOffFacilitySwapElectionIndicator',
  'Underlier ID-Leg 1': 'underlierIdLeg1',
  'Underlier ID-Leg 2': 'underlierIdLeg2',
  'Underlier ID source-Leg 1': 'underlierIdSourceLeg1',
  'Underlying Asset Name': 'underlyingAssetName',
  'Underlying asset subtype or underlying contract subtype-Leg 1': 'underlyingAssetSubtypeLeg1',
  'Underlying asset subtype or underlying contract subtype-Leg 2': 'underlyingAssetSubtypeLeg2',
  'Option Type': 'optionType',
  'Option Style': 'optionStyle',
  'Physical delivery location-Leg 1': 'physicalDeliveryLocationLeg1',
  'Delivery Type': 'deliveryType',
};

/** Elements without legs in the specification, which era B has once per leg: their numbers. */
export const ERA_B_LEGS: readonly string[] = ['36', '37', '38', '39', '90'];

/**
 * Era A: columns that mean an element of the present specification and are written as it is, with its number and leg.
 * Everything else of that era has codes, flags and units of its own.
 */
export const ERA_A_ELEMENTS: Readonly<Record<string, readonly [number: string, leg: 1 | 2 | null]>> = {
  'Dissemination ID': ['D1', null],
  'Original Dissemination ID': ['D2', null],
  'Effective Date': ['94', null],
  'Expiration Date': ['95', null],
  'First Exercise Date': ['82', null],
  'Notional Amount 1': ['31', 1],
  'Notional Amount 2': ['31', 2],
  'Notional Currency 1': ['32', 1],
  'Notional Currency 2': ['32', 2],
  'Option Premium Amount': ['79', null],
  'Option Premium Currency': ['80', null],
};

/** Era A: the other columns. Their values are kept as text, in slots that cannot be mistaken for an element's. */
export const ERA_A_OWN_COLUMNS: readonly string[] = [
  'Primary Asset Class',
  'Product ID',
  'Action',
  'Transaction Type',
  'Block Trade Election Indicator',
  'Cleared',
  'Clearing Exception or Exemption Indicator',
  'Day Count Convention',
  'Embedded Option Type',
  'Event Timestamp',
  'Exchange Rate',
  'Exchange Rate Basis',
  'Execution Timestamp',
  'Fixed Rate 1',
  'Fixed Rate 2',
  'Fixed Recovery CDS Final Price',
  'Floating Rate Reset Frequency Period 1',
  'Floating Rate Reset Frequency Period 2',
  'Floating Rate Reset Frequency Period Multiplier 1',
  'Floating Rate Reset Frequency Period Multiplier 2',
  'Leg 1 - Commodity Underlyer ID',
  'Leg 2 - Commodity Underlyer ID',
  'Leg 1 - Floating Rate Index',
  'Leg 2 - Floating Rate Index',
  'Non-Standardized Pricing Indicator',
  'Notional Quantity 1',
  'Notional Quantity 2',
  'Total Notional Quantity 1',
  'Total Notional Quantity 2',
  'Option Entitlement',
  'Other Payment Amount',
  'Payment Frequency Period 1',
  'Payment Frequency Period 2',
  'Payment Frequency Period Multiplier 1',
  'Payment Frequency Period Multiplier 2',
  'Price 1',
  'Price 2',
  'Price Unit Of Measure 1',
  'Price Unit Of Measure 2',
  'Quantity Frequency',
  'Quantity Unit Of Measure',
  'Settlement Currency 1',
  'Settlement Currency 2',
  'Spread 1',
  'Spread 2',
  'Spread Currency 1',
  'Spread Currency 2',
  'Strike Price',
  'Strike Price Currency',
  'Underlying Asset ID',
  'Underlying Asset ID Type',
  'Underlying Asset Name',
  'Leg 1 - Commodity Instrument ID',
  'Leg 2 - Commodity Instrument ID',
  'Option Type',
  'Option Style',
  'Execution Venue Type',
  'Collateralization Type',
];
