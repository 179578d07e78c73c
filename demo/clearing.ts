/** How swaps are cleared: the clearing house steps between the sides of the original swap. */
import { AT, setCells, type Cells, type Values } from './columns.ts';
import { replaceParty, report, scaled, succeed, type Life } from './events.ts';
import { CLEARING_HOUSES, CLEARING_MEMBERS, OUR_ENTITY, REPOSITORIES } from './parties.ts';
import type { TradingDay } from './trading-day.ts';

/** What an original swap says of itself, and what is then not asked for. */
const TO_BE_CLEARED: Values = {
  cleared: 'I',
  clearingExceptionsCounterparty1: '',
  clearingExceptionsCounterparty2: '',
  nonStandardizedTermIndicator: '',
};

/** The swap between the clearing house and one of the sides of the original swap. */
function clearingSwap(day: TradingDay, original: Cells, house: string, uti: string, side: string): Cells {
  const ours = side === OUR_ENTITY.lei;
  const cells = succeed(day, original, house, {
    uniqueTransactionIdentifierUti: uti,
    cleared: 'Y',
    centralCounterparty: house,
    clearingAccountOrigin: ours ? 'HOUS' : 'CLIE',
    clearingMember: day.random.pick(CLEARING_MEMBERS).lei,
    counterparty1: house,
    counterparty2: side,
    counterparty2IdentifierSource: ours ? 'LEID' : original[AT.counterparty2IdentifierSource]!,
    // Not asked for where the swap is cleared.
    counterparty1FinancialEntityIndicator: '',
    nonStandardizedTermIndicator: '',
    platformIdentifier: '',
    primeBrokerageTransactionIndicator: '',
  });
  return replaceParty(cells, ours ? original[AT.counterparty2]! : OUR_ENTITY.lei, house);
}

/** The alpha swap ends, and the beta and gamma swaps with the clearing house take its place. */
export function* clear(day: TradingDay, swap: Cells): Life {
  setCells(swap, TO_BE_CLEARED);
  yield report(day, swap, 'NEWT TRAD');
  const house = day.random.pick(CLEARING_HOUSES).lei;
  const beta = day.identifier(house);
  const gamma = day.identifier(house);
  const clearing: Values = {
    clearingSwapUtis: `${beta};${gamma}`,
    originalSwapSdrIdentifier: REPOSITORIES[0]!.lei,
    clearingReceiptTimestamp: day.timestamp(),
  };
  yield report(day, swap, 'TERM CLRG', clearing);
  const ofClearingSwap = { ...clearing, originalSwapUti: swap[AT.uniqueTransactionIdentifierUti]! };
  const sides = [OUR_ENTITY.lei, swap[AT.counterparty2]!] as const;
  yield report(day, clearingSwap(day, swap, house, beta, sides[0]), 'NEWT CLRG', ofClearingSwap);
  yield report(day, clearingSwap(day, swap, house, gamma, sides[1]), 'NEWT CLRG', ofClearingSwap);
}

/** A block that is cleared and allocated to funds in one step. */
export function* clearAndAllocate(day: TradingDay, swap: Cells): Life {
  setCells(swap, { ...TO_BE_CLEARED, allocationIndicator: 'PREA' });
  yield report(day, swap, 'NEWT TRAD');
  const house = day.random.pick(CLEARING_HOUSES).lei;
  yield report(day, swap, 'TERM CLAL');
  for (const share of [0.7, 0.3]) {
    const fund = clearingSwap(day, swap, house, day.identifier(house), swap[AT.counterparty2]!);
    setCells(fund, { ...scaled(swap, share), allocationIndicator: 'POST' });
    yield report(day, fund, 'NEWT CLAL');
  }
}
