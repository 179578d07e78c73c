/** What binds a swap to other swaps, events, portfolios and repositories. */
import { finding } from '../cftc/findings.ts';
import { elementByNumber } from '../cftc/elements.ts';
import type { SequenceFinding } from './sequence-finding.ts';
import { everyValue, singleValue, type RecordValues } from './record-content.ts';
import { TRANSACTION_LEVEL, type SwapEvent } from './swap-event.ts';
import type { SwapLinks } from './swap-state.ts';

const slotOfNumber = (number: string): string => elementByNumber.get(number)!.key;

/** A link to swaps, and the elements that name them. */
const LINKS = (
  [
    ['prior', '101', '100'],
    ['clearedInto', '6', '5'],
    ['original', '8', '7'],
  ] as const
).map(([link, ...numbers]) => ({
  link,
  elements: numbers.map((number) => ({ number, slot: slotOfNumber(number) })),
}));

const SINGLE_LINKS = (
  [
    ['originalRepository', '9'],
    ['clearingReceipt', '10'],
    ['eventIdentifier', '29'],
    ['newRepository', '105'],
    ['initialMarginPortfolio', '116'],
    ['variationMarginPortfolio', '124'],
  ] as const
).map(([link, number]) => ({ link, slot: slotOfNumber(number) }));

/** Stands for an original swap whose identifier is not known. Source: technical specification v3.2, #7 and #8. */
const NOT_AVAILABLE = 'NOTAVAILABLE';

/** The links as fields: each with the slots of the elements that can name it, and its values, none where it is blank. */
export const linkFields = (
  links: SwapLinks,
): { readonly slots: readonly string[]; readonly values: readonly string[] }[] => [
  ...LINKS.map(({ link, elements }) => ({ slots: elements.map(({ slot }) => slot), values: links[link] })),
  ...SINGLE_LINKS.map(({ link, slot }) => {
    const value = links[link];
    return { slots: [slot], values: value === null ? [] : [value] };
  }),
];

/** The links after a message: what it names replaces what was named, what it leaves blank stays. */
export function linksAfter(links: SwapLinks, values: RecordValues): SwapLinks {
  let after = links;
  for (const { link, elements } of LINKS) {
    const swaps = elements.flatMap(({ slot }) => everyValue(values, slot));
    if (swaps.length > 0 && swaps.join() !== links[link].join()) after = { ...after, [link]: swaps };
  }
  for (const { link, slot } of SINGLE_LINKS) {
    const value = singleValue(values, slot);
    if (value !== null && value !== links[link]) after = { ...after, [link]: value };
  }
  return after;
}

/** Does a message leave a link blank that is known? It may mean to take it back, which the fold cannot. */
export function leavesLinkBlank(links: SwapLinks, values: RecordValues): boolean {
  return (
    LINKS.some(
      ({ link, elements }) =>
        links[link].length > 0 && elements.every(({ slot }) => everyValue(values, slot).length === 0),
    ) || SINGLE_LINKS.some(({ link, slot }) => links[link] !== null && singleValue(values, slot) === null)
  );
}

/**
 * The swaps that a message names and nobody knows. A warning: they may be another party's, or reported elsewhere.
 * @param isKnown is there any message of the swap with this UTI or USI?
 */
export function checkLinkedSwaps(
  { values }: Pick<SwapEvent, 'values'>,
  isKnown: (swapKey: string) => boolean,
): SequenceFinding[] {
  return LINKS.flatMap(({ elements }) =>
    elements.flatMap(({ number, slot }) =>
      everyValue(values, slot)
        .filter((swap) => swap !== NOT_AVAILABLE && !isKnown(swap))
        .map((swap) => ({ ...finding('sequence.linked-swap-unknown'), element: number, value: swap })),
    ),
  );
}

/**
 * The portfolio codes of a margin message that no swap and no valuation names: the code is what joins margin to swaps.
 * @param isKnown does any swap or valuation of the reporting counterparty name the code?
 */
export function checkPortfolioCodes(
  { action, values }: Pick<SwapEvent, 'action' | 'values'>,
  isKnown: (portfolioCode: string) => boolean,
): SequenceFinding[] {
  if (action !== 'MARU') return [];
  return ['116', '124'].flatMap((number) => {
    const code = singleValue(values, slotOfNumber(number));
    if (code === null || code === TRANSACTION_LEVEL || code === 'NOTAPPLICABLE' || isKnown(code)) return [];
    return [{ ...finding('sequence.portfolio-unknown'), element: number, value: code }];
  });
}
