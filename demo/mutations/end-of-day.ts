/** Valuations and margins that lack what they must have, or whose values do not go together. */
import type { Slot } from '../columns.ts';
import { omits, writes } from './agreement.ts';
import type { CellMutation } from './mutation.ts';
import { both, has, isCollateral, isEndOfDay, isValuation } from './where.ts';

const IN_BOTH: Readonly<Record<string, Slot>> = {
  '13': 'counterparty1',
  '14': 'counterparty2',
  '15': 'counterparty2IdentifierSource',
  '116': 'initialMarginPortfolioCode',
  '124': 'variationMarginPortfolioCode',
};

const IN_VALUATIONS: Readonly<Record<string, Slot>> = {
  ...IN_BOTH,
  '87': 'uniqueProductIdentifier',
  '110': 'valuationAmount',
  '111': 'valuationCurrency',
  '112': 'valuationMethod',
  '113': 'valuationTimestamp',
};

const IN_MARGINS: Readonly<Record<string, Slot>> = {
  ...IN_BOTH,
  '30': 'eventTimestamp',
  '114': 'affiliatedCounterpartyForMarginAndCapitalIndicator',
  '115': 'collateralisationCategory',
  '117': 'portfolioContainingNonReportableComponentIndicator',
  '118': 'initialMarginPostedPostHaircut',
  '119': 'initialMarginPostedPreHaircut',
  '120': 'currencyOfInitialMarginPosted',
  '121': 'initialMarginCollectedPostHaircut',
  '122': 'initialMarginCollectedPreHaircut',
  '123': 'currencyOfInitialMarginCollected',
  '125': 'variationMarginPosted',
  '126': 'currencyOfVariationMarginPosted',
  '127': 'variationMarginCollected',
  '128': 'currencyOfVariationMarginCollected',
};

const hasUpi = both(isValuation, has('assetClass', 'CR', 'EQ', 'FX', 'IR'));
const isOfSwap = both(isCollateral, has('initialMarginPortfolioCode', 'TRANSACTIONLEVEL'));

/** Mutations that leave a report of the end of the day to be rejected. */
// prettier-ignore
export const END_OF_DAY_MUTATIONS: readonly CellMutation[] = [
  ...Object.entries(IN_VALUATIONS).map(([number, slot]) =>
    omits(number === '87' ? hasUpi : isValuation, slot, `required.${number}.valuation`),
  ),
  ...Object.entries(IN_MARGINS).map(([number, slot]) => omits(isCollateral, slot, `required.${number}.collateral`)),
  omits(isValuation, 'actionType', 'required.26.valuation agrees.26.valuation'),
  omits(isCollateral, 'actionType', 'required.26.collateral agrees.26.collateral'),
  writes(isValuation, { actionType: 'MARU' }, 'agrees.26.valuation'),
  writes(isCollateral, { actionType: 'VALU' }, 'agrees.26.collateral'),
  omits(isValuation, 'uniqueTransactionIdentifierUti', 'required.102.valuation required.103.valuation'),
  omits(isOfSwap, 'uniqueTransactionIdentifierUti', 'required.102.collateral required.103.collateral'),
  omits(isValuation, 'delta', 'required.109.valuation'),
  writes(isValuation, { valuationMethod: 'CCPV', cleared: 'N' }, 'agrees.112.valuation'),
  writes(isCollateral, { eventTimestamp: '2026-11-20T00:00:01Z' }, 'agrees.30.collateral'),
  writes(
    both(isEndOfDay, has('counterparty2IdentifierSource', 'LEID')),
    { counterparty2: 'PRIVATEPERSON1' },
    'agrees.14.lei',
  ),
  writes(isEndOfDay, { counterparty1: 'PRIVATEPERSON1' }, 'agrees.13'),
  writes(isEndOfDay, { counterparty2IdentifierSource: 'NPID', counterparty2: 'PRIVATEPERSON1' }, 'agrees.14.npid'),
];
