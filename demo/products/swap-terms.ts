/** What the swaps of all asset classes have in common: parties, dates, where they were traded. */
import { blankCells, setCells, type Cells, type Values } from '../columns.ts';
import {
  COUNTERPARTIES,
  FACILITIES,
  FACILITY_MICS,
  NATURAL_PERSONS,
  OFF_FACILITY_MICS,
  OUR_ENTITY,
  type Entity,
} from '../parties.ts';
import type { TradingDay } from '../trading-day.ts';

export type AssetClass = 'CR' | 'CO' | 'EQ' | 'FX' | 'IR';

/** A kind of swap that the demo trades; `trade` gives the terms of a new one, as of now. */
export type Product = {
  readonly assetClass: AssetClass;
  readonly isOption: boolean;
  readonly trade: (day: TradingDay) => Cells;
};

/** The two sides of a new swap: buyer and seller, or who pays the first leg and who receives it. */
export type Sides = { readonly first: string; readonly second: string };

const LOTS = [1, 2, 5, 10, 25, 50, 75, 100, 250, 500];

/** A round amount, as most notionals are, or an odd one. */
export function drawNotional({ random }: TradingDay, unit = 1_000_000): string {
  if (random.chance(0.8)) return String(random.pick(LOTS) * unit);
  return random.decimal(unit / 10, unit * 100, 2);
}

/** Both parties in the order in which the swap names them: buyer and seller, or payer and receiver. */
export function drawSides(day: TradingDay, counterparty: string): Sides {
  const weBuy = day.random.chance(0.5);
  return weBuy
    ? { first: OUR_ENTITY.lei, second: counterparty }
    : { first: counterparty, second: OUR_ENTITY.lei };
}

/** Payer and receiver of both legs: who pays one leg receives the other. */
export const legParties = ({ first, second }: Sides): Values => ({
  payerIdentifierLeg1: first,
  receiverIdentifierLeg1: second,
  payerIdentifierLeg2: second,
  receiverIdentifierLeg2: first,
});

export const buyerAndSeller = ({ first, second }: Sides): Values => ({
  buyerIdentifier: first,
  sellerIdentifier: second,
});

/** Premium of an option, paid two days from now. */
export const premium = (day: TradingDay, amount: string, currency: string): Values => ({
  optionPremiumAmount: amount,
  optionPremiumCurrency: currency,
  optionPremiumPaymentDate: day.day(2),
});

/** A payment on top of the terms that one side makes up front. */
export const upfront = (
  day: TradingDay,
  { first, second }: Sides,
  amount: string,
  currency: string,
): Values => ({
  otherPaymentType: 'UFRO',
  otherPaymentAmount: amount,
  otherPaymentCurrency: currency,
  otherPaymentDate: day.day(3),
  otherPaymentPayer: first,
  otherPaymentReceiver: second,
});

const STANDARD: Values = {
  messageType: 'transaction',
  cleared: 'N',
  counterparty1: OUR_ENTITY.lei,
  counterparty2IdentifierSource: 'LEID',
  counterparty1FinancialEntityIndicator: 'True',
  counterparty2FinancialEntityIndicator: 'True',
  submitterIdentifier: OUR_ENTITY.lei,
  counterparty1FederalEntityIndicator: 'False',
  counterparty2FederalEntityIndicator: 'False',
  customBasketIndicator: 'False',
  packageIndicator: 'False',
  postPricedSwapIndicator: 'False',
  allocationIndicator: 'UNAL',
  nonStandardizedTermIndicator: 'False',
  blockTradeElectionIndicator: 'False',
  primeBrokerageTransactionIndicator: 'False',
  jurisdiction: 'CFTC',
};

function drawCounterparty(cells: Cells, day: TradingDay): string {
  const { random } = day;
  if (random.chance(0.004)) {
    setCells(cells, {
      counterparty2IdentifierSource: 'NPID',
      counterparty2FinancialEntityIndicator: 'False',
    });
    return random.pick(NATURAL_PERSONS);
  }
  return random.pick(COUNTERPARTIES).lei;
}

/** A swap that was traded together with others, at a price or at a spread for all of them. */
function drawPackage(cells: Cells, { random }: TradingDay, currency: string): void {
  setCells(cells, { packageIndicator: 'True', packageIdentifier: `PKG${random.int(1, 99999)}` });
  const monetary = random.chance(0.5);
  if (random.chance(0.3)) {
    setCells(cells, {
      packageTransactionSpread: monetary ? random.decimal(-2, 2, 4) : String(random.int(-50, 50)),
      packageTransactionSpreadCurrency: monetary ? currency : '',
      packageTransactionSpreadNotation: monetary ? '1' : '4',
    });
    return;
  }
  setCells(cells, {
    packageTransactionPrice: monetary ? random.decimal(90, 110, 4) : random.decimal(0, 1, 8),
    packageTransactionPriceCurrency: monetary ? currency : '',
    packageTransactionPriceNotation: monetary ? '1' : '3',
  });
}

/** What the swap is settled in: in cash in a currency, or by delivery of what it is about. */
export const settledIn = (currency: string | null): Values => ({
  'upi.deliveryType': currency === null ? 'PHYS' : 'CASH',
  settlementCurrencyLeg1: currency ?? '',
});

export type Start = {
  readonly cells: Cells;
  readonly sides: Sides;
};

/**
 * Begins the terms of a new swap that is traded now.
 * @param years how long it runs
 */
export function startSwap(
  day: TradingDay,
  assetClass: AssetClass,
  upi: string,
  instrument: 'Swap' | 'Forward' | 'Option',
  currency: string,
  years: number,
): Start {
  const { random } = day;
  const cells = setCells(blankCells(), STANDARD);
  const counterparty = drawCounterparty(cells, day);
  const facility: Entity | null = random.chance(0.4) ? random.pick(FACILITIES) : null;
  const start = random.int(0, 3);
  const end = start + Math.round(years * 365);
  setCells(cells, {
    assetClass,
    uniqueTransactionIdentifierUti: day.identifier((facility ?? OUR_ENTITY).lei),
    executionTimestamp: day.timestamp(),
    uniqueProductIdentifier: upi,
    'upi.instrumentType': instrument,
    counterparty2: counterparty,
    notionalCurrencyLeg1: currency,
    finalContractualSettlementDate: day.day(end + 2),
    ...settledIn(currency),
    effectiveDate: day.day(start),
    expirationDate: day.day(end),
    platformIdentifier: random.pick(facility ? FACILITY_MICS : OFF_FACILITY_MICS),
    desk: `${assetClass}${random.int(1, 9)}`,
  });
  if (random.chance(0.05)) drawPackage(cells, day, currency);
  if (random.chance(0.03))
    setCells(cells, {
      clearingExceptionsCounterparty1: random.pick(['ENDU', 'ENDU;AFFL', 'OTHR']),
      clearingExceptionsCounterparty2: random.pick(['', 'ENDU', 'COOP']),
    });
  if (random.chance(0.02)) setCells(cells, { jurisdiction: 'CFTC;SECH' });
  return { cells, sides: drawSides(day, counterparty) };
}
