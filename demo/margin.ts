/** What each category of collateral lets the sides post, and amounts for it. */
import type { Values } from './columns.ts';
import { formatScaled, type Random } from './random.ts';

type Side = 'posted' | 'collected' | 'both' | 'none';

type Category = { readonly category: string; readonly initial: Side; readonly variation: Side };

/** CFTC technical specification v3.2, #115: what counterparty 1 posts and what it collects. */
const CATEGORIES: readonly Category[] = [
  { category: 'UNCL', initial: 'none', variation: 'none' },
  { category: 'PRC1', initial: 'none', variation: 'posted' },
  { category: 'PRC2', initial: 'none', variation: 'collected' },
  { category: 'PRCL', initial: 'none', variation: 'both' },
  { category: 'OWC1', initial: 'posted', variation: 'posted' },
  { category: 'OWC2', initial: 'collected', variation: 'collected' },
  { category: 'OWP1', initial: 'posted', variation: 'both' },
  { category: 'OWP2', initial: 'collected', variation: 'both' },
  { category: 'FLCL', initial: 'both', variation: 'both' },
];

const LARGEST = 40_000_000;
/** What is left of an amount of initial margin after the haircut. */
const HAIRCUT = 0.96;

const isPosted = (side: Side): boolean => side === 'posted' || side === 'both';
const isCollected = (side: Side): boolean => side === 'collected' || side === 'both';

/** A category, the amounts that it asks for and their currencies; of everything else there is none. */
export function marginValues(random: Random): Values {
  const { category, initial, variation } = random.pick(CATEGORIES);
  const values: Values = { collateralisationCategory: category };
  if (isPosted(initial)) {
    const cents = random.int(0, LARGEST * 100);
    values.initialMarginPostedPreHaircut = formatScaled(cents, 2);
    values.initialMarginPostedPostHaircut = formatScaled(Math.floor(cents * HAIRCUT), 2);
    values.currencyOfInitialMarginPosted = 'USD';
  }
  if (isCollected(initial)) {
    const cents = random.int(0, LARGEST * 100);
    values.initialMarginCollectedPreHaircut = formatScaled(cents, 2);
    values.initialMarginCollectedPostHaircut = formatScaled(Math.floor(cents * HAIRCUT), 2);
    values.currencyOfInitialMarginCollected = 'USD';
  }
  if (isPosted(variation)) {
    values.variationMarginPosted = random.decimal(0, LARGEST, 2);
    values.currencyOfVariationMarginPosted = 'USD';
  }
  if (isCollected(variation)) {
    values.variationMarginCollected = random.decimal(0, LARGEST, 2);
    values.currencyOfVariationMarginCollected = 'USD';
  }
  return values;
}
