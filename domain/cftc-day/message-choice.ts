/** Which events become messages of part 45, of which kind, and what they owe. */
import { formatInstant } from '../cftc/calendars/zone.ts';
import type { Tables } from '../cftc/built-in-tables.ts';
import type { Registers } from '../cftc/registers.ts';
import { createProductResolver } from '../cftc/products.ts';
import { messageOfAction, type AssetClass } from '../cftc/scopes.ts';
import type { MessageKind } from '../reports/message-columns.ts';
import { judgeDuties } from '../swaps/duties.ts';
import { readProductFacts } from '../swaps/product-facts.ts';
import { readReportingEvent } from '../swaps/reporting-event.ts';
import type { SwapEvent } from '../swaps/swap-event.ts';

/** `other-reports`: the record names an entity of ours as the other party (#14) alone, so that #13 reports. */
export type MessageChoice =
  | { readonly answer: 'other-reports' }
  | {
      readonly answer: 'message';
      readonly kind: MessageKind;
      /** Of a transaction, as far as its record tells. */
      readonly assetClass: AssetClass | null;
      /** The first of its duties that is due, and what it is; null where none of ours owes, or nobody can say by when. */
      readonly dueAt: number | null;
      readonly obligation: string | null;
    };

const CORRECTIONS = new Set(['CORR', 'EROR', 'REVI']);

/** Does the message correct an earlier one? */
export const isCorrection = (action: string): boolean => CORRECTIONS.has(action);

/**
 * Makes the choice of a run.
 * @returns takes an applied event and the instant at which it was accepted: an error was discovered by then
 */
export function createMessageChoice(
  tables: Pick<Tables, 'entities' | 'calendars'>,
  registers: Registers,
): (event: SwapEvent, acceptedAt: number) => MessageChoice {
  const productOf = createProductResolver(registers);
  return ({ action, values }, acceptedAt) => {
    const reporting = readReportingEvent(values);
    const discoveredAt = isCorrection(action) ? formatInstant(acceptedAt) : null;
    const duties = judgeDuties({ ...reporting, event: { ...reporting.event, discoveredAt } }, tables);
    if (duties.named === 'other') return { answer: 'other-reports' };
    const kind = messageOfAction(action);
    const [first] = duties.owed
      .map(({ obligation }) => obligation)
      .sort((one, other) => (one.dueAt ?? Infinity) - (other.dueAt ?? Infinity));
    return {
      answer: 'message',
      kind,
      assetClass: kind === 'transaction' ? productOf(readProductFacts(values)).assetClass : null,
      dueAt: first?.dueAt ?? null,
      obligation: first?.kind ?? null,
    };
  };
}
