/**
 * Reads the short name of a product (FISN, ISO 18774), like "NA/Swap OIS USD", "NA/O Call Epn OIS USD" or
 * "NA/Fwd EUR USD". The words are those seen in disseminated rows. The first of them says what the instrument is; the
 * rest is read only when every word of it is known.
 */
import { ACTIVE_CURRENCIES } from './currencies.ts';
import { UNDETERMINED, type ProductAttributes } from './product-attributes.ts';

/** ISO 18774 has 35 characters; some repositories pad. */
const MAX_LENGTH = 60;

/** First words: what the instrument is, and what else follows from it alone. */
const INSTRUMENTS: Readonly<Record<string, Partial<ProductAttributes>>> = {
  Swap: { instrumentType: 'Swap' },
  'Rts Swaps': { instrumentType: 'Swap', assetClass: 'IR' },
  Fwd: { instrumentType: 'Forward' },
  // What cannot be delivered is settled in cash; only currencies have these two words.
  NDF: { instrumentType: 'Forward', assetClass: 'FX', deliveryType: 'CASH' },
  O: { instrumentType: 'Option' },
  NDO: { instrumentType: 'Option', assetClass: 'FX', deliveryType: 'CASH' },
};

/** The other words. `{}`: known, and silent about what we ask. */
const WORDS: readonly (readonly [word: string, says: Partial<ProductAttributes>])[] = [
  ['Fxd Flt', { assetClass: 'IR', underlierType: 'Fixed - Floating' }],
  ['Flt Flt', { assetClass: 'IR', underlierType: 'Basis Swap (Float - Float)' }],
  ['Fxd Fxd', { assetClass: 'IR', underlierType: 'Fixed - Fixed' }],
  ['OIS', { assetClass: 'IR', underlierType: 'Overnight Index Swap (OIS)' }],
  ['NDF', { assetClass: 'FX', deliveryType: 'CASH' }],
  ['NDO', { assetClass: 'FX', deliveryType: 'CASH' }],
  ...['Call', 'Put', 'P', 'Opt', 'Epn', 'Van', 'Bar', 'Nstd', 'Oth'].map((word) => [word, {}] as const),
];

/** Before a pair of currencies they name an option on it. */
const CURRENCY_OPTION = /^(Van|Bar)$/;

/**
 * What a FISN says of its product. Words: observed in disseminated rows; what follows from them: inferred.
 * @returns null for every attribute that it does not say, or says in words that are not known
 */
export function readFisn(fisn: string): ProductAttributes {
  if (fisn.length > MAX_LENGTH) return UNDETERMINED;
  const slash = fisn.indexOf('/');
  if (slash <= 0) return UNDETERMINED;
  const words = fisn
    .slice(slash + 1)
    .trim()
    .split(/ +/);
  const first = Object.hasOwn(INSTRUMENTS, words[0]!) ? 1 : 2;
  const name = words.slice(0, first).join(' ');
  if (!Object.hasOwn(INSTRUMENTS, name)) return UNDETERMINED;
  const instrument: ProductAttributes = { ...UNDETERMINED, ...INSTRUMENTS[name] };
  return { ...instrument, ...readWords(words.slice(first), instrument) };
}

/** What the words behind the instrument say; null when one of them is not known, or two of them disagree. */
function readWords(
  words: readonly string[],
  { instrumentType, assetClass }: ProductAttributes,
): Partial<ProductAttributes> | null {
  const currencies = words.slice(-2).filter((word) => ACTIVE_CURRENCIES.has(word)).length;
  const rest = words.slice(0, words.length - currencies);
  const isPair = currencies === 2;
  const isForward = instrumentType === 'Forward' && rest.length === 0;
  const named = isPair && (isForward || rest.some((word) => CURRENCY_OPTION.test(word)));
  let said: Partial<ProductAttributes> = named ? { assetClass: 'FX' } : assetClass ? { assetClass } : {};
  for (let at = 0; at < rest.length;) {
    const found = WORDS.find(([word]) => word.split(' ').every((part, index) => rest[at + index] === part));
    if (!found || disagree(said, found[1])) return null;
    said = { ...said, ...found[1] };
    at += found[0].split(' ').length;
  }
  return said;
}

const disagree = (said: Partial<ProductAttributes>, next: Partial<ProductAttributes>): boolean =>
  (Object.keys(next) as (keyof ProductAttributes)[]).some(
    (attribute) => said[attribute] !== undefined && said[attribute] !== next[attribute],
  );
