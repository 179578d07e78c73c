/**
 * The header of the demo files. Columns are named by key, by the specification's name and by number in turn, because
 * the submission format allows all three; the desk and the remark mean nothing to it and must be carried along.
 */

// Name of the column in the program, number of its element, name in the header.
// prettier-ignore
const TABLE = [
  ['actionType', '26', 'Action type'],
  ['eventType', '27', 'eventType'],
  ['amendmentIndicator', '28', '#28'],
  ['messageType', null, 'messageType'],
  ['assetClass', null, 'Asset class'],
  ['uniqueTransactionIdentifierUti', '103', 'Unique transaction identifier (UTI)'],
  ['uniqueSwapIdentifierUsi', '102', '#102'],
  ['priorUti', '101', 'Prior UTI (for one-to-one and one-to-many relations between transactions)'],
  ['priorUsi', '100', '#100'],
  ['eventIdentifier', '29', 'EVENT IDENTIFIER'],
  ['eventTimestamp', '30', 'event_timestamp'],
  ['executionTimestamp', '96', 'Execution timestamp'],
  ['reportingTimestamp', '97', '#97'],
  ['uniqueProductIdentifier', '87', 'uniqueProductIdentifier'],
  ['upi.instrumentType', null, 'UPI.instrumentType'],
  ['upi.deliveryType', null, 'UPI.deliveryType'],
  ['upi.underlierType', null, 'UPI.underlierType'],
  ['upi.notionalSchedule', null, 'UPI.notionalSchedule'],
  ['cleared', '1', '#1'],
  ['centralCounterparty', '2', 'Central counterparty'],
  ['clearingAccountOrigin', '3', 'clearingAccountOrigin'],
  ['clearingMember', '4', 'Clearing member'],
  ['clearingSwapUsis', '5', '#5'],
  ['clearingSwapUtis', '6', 'Clearing swap UTIs'],
  ['originalSwapUsi', '7', 'originalSwapUsi'],
  ['originalSwapUti', '8', '#8'],
  ['originalSwapSdrIdentifier', '9', 'Original swap SDR identifier'],
  ['clearingReceiptTimestamp', '10', 'clearingReceiptTimestamp'],
  ['clearingExceptionsCounterparty1', '11', 'Clearing exceptions and exemptions - Counterparty 1'],
  ['clearingExceptionsCounterparty2', '12', '#12'],
  ['counterparty1', '13', 'Counterparty 1 (reporting counterparty)'],
  ['counterparty2', '14', 'counterparty2'],
  ['counterparty2IdentifierSource', '15', '#15'],
  ['counterparty1FinancialEntityIndicator', '16', 'Counterparty 1 financial entity indicator'],
  ['counterparty2FinancialEntityIndicator', '17', 'counterparty2FinancialEntityIndicator'],
  ['buyerIdentifier', '18', 'Buyer identifier'],
  ['sellerIdentifier', '19', '#19'],
  ['payerIdentifierLeg1', '20', 'Payer identifier-Leg 1'],
  ['payerIdentifierLeg2', '20', 'payerIdentifierLeg2'],
  ['receiverIdentifierLeg1', '21', '#21-Leg 1'],
  ['receiverIdentifierLeg2', '21', 'Receiver identifier-Leg 2'],
  ['submitterIdentifier', '22', 'Submitter identifier'],
  ['counterparty1FederalEntityIndicator', '23', '#23'],
  ['counterparty2FederalEntityIndicator', '24', '#24'],
  ['customBasketIndicator', '25', 'Custom basket indicator'],
  ['notionalAmountLeg1', '31', 'Notional amount-Leg 1'],
  ['notionalAmountLeg2', '31', 'notionalAmountLeg2'],
  ['notionalCurrencyLeg1', '32', '#32-Leg 1'],
  ['notionalCurrencyLeg2', '32', 'Notional currency-Leg 2'],
  ['notionalScheduleAmountLeg1', '33', 'Notional amount in effect on associated effective date-Leg 1'],
  ['notionalScheduleEffectiveDateLeg1', '34', 'notionalScheduleEffectiveDateLeg1'],
  ['notionalScheduleEndDateLeg1', '35', '#35 Leg 1'],
  ['callAmount', '36', 'Call amount'],
  ['callCurrency', '37', 'callCurrency'],
  ['putAmount', '38', '#38'],
  ['putCurrency', '39', 'Put currency'],
  ['notionalQuantityLeg1', '40', 'Notional quantity-Leg 1'],
  ['quantityFrequencyLeg1', '41', 'quantityFrequencyLeg1'],
  ['quantityFrequencyMultiplierLeg1', '42', '#42-Leg 1'],
  ['quantityUnitOfMeasureLeg1', '43', 'Quantity unit of measure-Leg 1'],
  ['totalNotionalQuantityLeg1', '44', 'Total notional quantity-Leg 1'],
  ['packageIndicator', '45', 'packageIndicator'],
  ['packageIdentifier', '46', '#46'],
  ['packageTransactionPrice', '47', 'Package transaction price'],
  ['packageTransactionPriceCurrency', '48', '#48'],
  ['packageTransactionPriceNotation', '49', 'packageTransactionPriceNotation'],
  ['packageTransactionSpread', '50', 'Package transaction spread'],
  ['packageTransactionSpreadCurrency', '51', '#51'],
  ['packageTransactionSpreadNotation', '52', 'packageTransactionSpreadNotation'],
  ['fixedRateDayCountConventionLeg1', '53', 'Fixed rate day count convention-leg 1'],
  ['floatingRateDayCountConventionLeg1', '53', 'floatingRateDayCountConventionLeg1'],
  ['floatingRateDayCountConventionLeg2', '53', 'Floating rate day count convention-leg 2'],
  ['fixingDateLeg1', '54', '#54-Leg 1'],
  ['floatingRateResetFrequencyPeriodLeg1', '55', 'Floating rate reset frequency period-leg 1'],
  ['floatingRateResetFrequencyPeriodLeg2', '55', 'floatingRateResetFrequencyPeriodLeg2'],
  ['floatingRateResetFrequencyPeriodMultiplierLeg1', '56', '#56-Leg 1'],
  ['floatingRateResetFrequencyPeriodMultiplierLeg2', '56', '#56-Leg 2'],
  ['otherPaymentType', '57', 'Other payment type'],
  ['otherPaymentAmount', '58', 'otherPaymentAmount'],
  ['otherPaymentCurrency', '59', '#59'],
  ['otherPaymentDate', '60', 'Other payment date'],
  ['otherPaymentPayer', '61', 'otherPaymentPayer'],
  ['otherPaymentReceiver', '62', '#62'],
  ['fixedRatePaymentFrequencyPeriodLeg1', '63', 'Fixed rate payment frequency period-Leg 1'],
  ['floatingRatePaymentFrequencyPeriodLeg1', '63', 'floatingRatePaymentFrequencyPeriodLeg1'],
  ['floatingRatePaymentFrequencyPeriodLeg2', '63', 'Floating rate payment frequency period-Leg 2'],
  ['fixedRatePaymentFrequencyPeriodMultiplierLeg1', '64', 'Fixed rate payment frequency period multiplier-Leg 1'],
  ['floatingRatePaymentFrequencyPeriodMultiplierLeg1', '64', 'floatingRatePaymentFrequencyPeriodMultiplierLeg1'],
  ['floatingRatePaymentFrequencyPeriodMultiplierLeg2', '64', 'Floating rate payment frequency period multiplier-Leg 2'],
  ['exchangeRate', '65', 'Exchange rate'],
  ['exchangeRateBasis', '66', '#66'],
  ['fixedRateLeg1', '67', 'Fixed rate-Leg 1'],
  ['postPricedSwapIndicator', '68', 'postPricedSwapIndicator'],
  ['price', '69', 'Price'],
  ['priceCurrency', '70', '#70'],
  ['priceNotation', '71', 'priceNotation'],
  ['priceUnitOfMeasure', '72', 'Price unit of measure'],
  ['spreadLeg1', '73', 'Spread-Leg 1'],
  ['spreadLeg2', '73', 'spreadLeg2'],
  ['spreadCurrencyLeg1', '74', '#74-Leg 1'],
  ['spreadCurrencyLeg2', '74', 'Spread currency-Leg 2'],
  ['spreadNotationLeg1', '75', 'Spread notation-Leg 1'],
  ['spreadNotationLeg2', '75', '#75 - leg 2'],
  ['strikePrice', '76', 'Strike price'],
  ['strikePriceCurrencyOrPair', '77', 'Strike price currency/currency pair'],
  ['strikePriceNotation', '78', '#78'],
  ['optionPremiumAmount', '79', 'Option premium amount'],
  ['optionPremiumCurrency', '80', 'optionPremiumCurrency'],
  ['optionPremiumPaymentDate', '81', '#81'],
  ['firstExerciseDate', '82', 'First exercise date'],
  ['cdsIndexAttachmentPoint', '83', 'CDS index attachment point'],
  ['cdsIndexDetachmentPoint', '84', 'cdsIndexDetachmentPoint'],
  ['indexFactor', '85', 'indexFactor'],
  ['embeddedOptionType', '86', '#86'],
  ['finalContractualSettlementDate', '88', 'Final contractual settlement date'],
  ['settlementCurrencyLeg1', '89', '#89-Leg 1'],
  ['settlementLocation', '90', 'settlementLocation'],
  ['allocationIndicator', '91', 'Allocation indicator'],
  ['nonStandardizedTermIndicator', '92', '#92'],
  ['blockTradeElectionIndicator', '93', 'blockTradeElectionIndicator'],
  ['effectiveDate', '94', 'Effective date'],
  ['expirationDate', '95', 'Expiration date'],
  ['platformIdentifier', '98', '#98'],
  ['primeBrokerageTransactionIndicator', '99', 'Prime brokerage transaction indicator'],
  ['jurisdiction', '104', 'jurisdiction'],
  ['newSdrIdentifier', '105', '#105'],
  ['nextFloatingReferenceResetDateLeg2', '106', '#106-Leg 2'],
  ['lastFloatingReferenceValueLeg2', '107', 'Last floating reference value-Leg 2'],
  ['lastFloatingReferenceResetDateLeg2', '108', 'lastFloatingReferenceResetDateLeg2'],
  ['delta', '109', 'delta'],
  ['valuationAmount', '110', 'Valuation amount'],
  ['valuationCurrency', '111', '#111'],
  ['valuationMethod', '112', 'valuationMethod'],
  ['valuationTimestamp', '113', 'Valuation timestamp'],
  ['affiliatedCounterpartyForMarginAndCapitalIndicator', '114', '#114'],
  ['collateralisationCategory', '115', 'Collateralisation category'],
  ['initialMarginPortfolioCode', '116', 'initialMarginPortfolioCode'],
  ['portfolioContainingNonReportableComponentIndicator', '117', '#117'],
  ['initialMarginPostedPostHaircut', '118', 'initialMarginPostedPostHaircut'],
  ['initialMarginPostedPreHaircut', '119', '#119'],
  ['currencyOfInitialMarginPosted', '120', 'Currency of initial margin posted'],
  ['initialMarginCollectedPostHaircut', '121', '#121'],
  ['initialMarginCollectedPreHaircut', '122', 'initialMarginCollectedPreHaircut'],
  ['currencyOfInitialMarginCollected', '123', 'Currency of initial margin collected'],
  ['variationMarginPortfolioCode', '124', 'Variation margin collateral portfolio code'],
  ['variationMarginPosted', '125', '#125'],
  ['currencyOfVariationMarginPosted', '126', 'currencyOfVariationMarginPosted'],
  ['variationMarginCollected', '127', '#127'],
  ['currencyOfVariationMarginCollected', '128', 'Currency of variation margin collected'],
  ['remark', null, 'Remark, for the desk only'],
  ['desk', null, 'Desk'],
] as const;

/** Name of a column in the program; short where the specification's is long. */
export type Slot = (typeof TABLE)[number][0];

export type Values = Partial<Record<Slot, string>>;

/**
 * The cells of a record as they stand in the file. Only the remark can need quoting or more than ASCII, and is held
 * quoted and encoded; so a record is its cells joined by commas.
 */
export type Cells = string[];

export type DemoColumn = { readonly slot: Slot; readonly element: string | null; readonly name: string };

export const DEMO_COLUMNS: readonly DemoColumn[] = TABLE.map(([slot, element, name]) => ({
  slot,
  element,
  name,
}));

/** Position of a column by its slot. */
export const AT = Object.fromEntries(TABLE.map(([slot], index) => [slot, index])) as Record<Slot, number>;

/** The header line with its line break. */
export const DEMO_HEADER = `${DEMO_COLUMNS.map(({ name }) => (name.includes(',') ? `"${name}"` : name)).join(',')}\n`;

const BLANK: readonly string[] = TABLE.map(() => '');

export const blankCells = (): Cells => BLANK.slice();

/** Writes values into their cells. */
export function setCells(cells: Cells, values: Values): Cells {
  let slot: Slot;
  for (slot in values) cells[AT[slot]] = values[slot]!;
  return cells;
}

/** Number of the element of a column, null for a column that is none. */
export const elementOf = (slot: Slot): string | null => DEMO_COLUMNS[AT[slot]]!.element;
