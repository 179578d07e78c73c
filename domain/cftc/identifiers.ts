/** Identifiers of parties, products, transactions and platforms: their shape and their check characters. */

const ZERO = 48;
const NINE = 57;
const CAPITAL_A = 65;
const CAPITAL_Z = 90;
const SMALL_A = 97;
const SMALL_Z = 122;

const LEI_LENGTH = 20;
/** A number up to here can take one more character and stay below 2^31. */
const REDUCE_ABOVE = 20_000_000;
const UPI_LENGTH = 12;

/** Digits and consonants: the alphabet of the UPI, in the order of its check character. ISO 4914. */
const UPI_ALPHABET = '0123456789BCDFGHJKLMNPQRSTVWXZ';

/** Value of a UPI character by its code, -1 where it is not in the alphabet. */
const UPI_VALUES = Int8Array.from({ length: 128 }, (_, code) =>
  UPI_ALPHABET.indexOf(String.fromCharCode(code)),
);

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;
const isCapital = (code: number): boolean => code >= CAPITAL_A && code <= CAPITAL_Z;
const isSmall = (code: number): boolean => code >= SMALL_A && code <= SMALL_Z;

/** Position of the first character that is neither an ASCII letter nor a digit, -1 when there is none. */
export function findNonAlphanumeric(text: string): number {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isDigit(code) && !isCapital(code) && !isSmall(code)) return at;
  }
  return -1;
}

function isCapitalAlphanumeric(text: string, from = 0): boolean {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isDigit(code) && !isCapital(code)) return false;
  }
  return true;
}

/** Is the text 1 to `max` ASCII letters and digits? The `Varchar(max)` of the technical specification. */
export const isVarchar = (text: string, max: number): boolean =>
  text.length > 0 && text.length <= max && findNonAlphanumeric(text) < 0;

/**
 * The number that the first 18 characters spell when A is 10 and Z is 35, modulo 97; -1 when one of them is neither
 * a digit nor a capital letter.
 */
function leiRemainder(text: string): number {
  let remainder = 0;
  for (let at = 0; at < LEI_LENGTH - 2; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) remainder = remainder * 10 + code - ZERO;
    else if (isCapital(code)) remainder = remainder * 100 + code - CAPITAL_A + 10;
    else return -1;
    // A division per character would cost more than all the rest.
    if (remainder > REDUCE_ABOVE) remainder %= 97;
  }
  return remainder % 97;
}

/**
 * Check digits of an LEI: 98 less the number with "00" appended, modulo 97; always 02 to 98.
 * Source: ISO 17442, ISO 7064 MOD 97-10.
 * @throws RangeError unless given 18 digits and capital letters
 */
export function leiCheckDigits(first18: string): string {
  const remainder = first18.length === LEI_LENGTH - 2 ? leiRemainder(first18) : -1;
  if (remainder < 0) throw new RangeError('an LEI has 18 digits and capital letters before its check digits');
  return String(98 - ((remainder * 100) % 97)).padStart(2, '0');
}

/** Has the text the characters of an LEI: 18 digits and capital letters, then two digits? ISO 17442. */
export const isLeiShaped = (text: string): boolean =>
  text.length === LEI_LENGTH &&
  leiRemainder(text) >= 0 &&
  isDigit(text.charCodeAt(18)) &&
  isDigit(text.charCodeAt(19));

/**
 * Do the first 20 characters form an LEI with right check digits? UTIs and event identifiers start like that.
 * Source: CFTC technical specification v3.2, validations; ISO 17442.
 */
export function startsWithLei(text: string): boolean {
  if (text.length < LEI_LENGTH) return false;
  const remainder = leiRemainder(text);
  const tens = text.charCodeAt(18);
  const ones = text.charCodeAt(19);
  if (remainder < 0 || !isDigit(tens) || !isDigit(ones)) return false;
  const check = (tens - ZERO) * 10 + ones - ZERO;
  // 00, 01 and 99 leave the right remainder too where 97, 98 and 02 do, but are never computed.
  return check >= 2 && check <= 98 && (remainder * 100 + check) % 97 === 1;
}

/** Is the text a well-formed LEI? Whether it is registered and in force is another question. ISO 17442. */
export const isLei = (text: string): boolean => text.length === LEI_LENGTH && startsWithLei(text);

/**
 * Is the text a well-formed UTI: the generating entity's LEI and 1 to 32 more digits and capital letters?
 * Source: ISO 23897; CFTC technical specification v3.2, #103.
 */
export const isUti = (text: string): boolean =>
  text.length > LEI_LENGTH &&
  text.length <= 52 &&
  startsWithLei(text) &&
  isCapitalAlphanumeric(text, LEI_LENGTH);

/**
 * Is the text a well-formed event identifier: the assigning entity's LEI and 1 to 32 more letters and digits?
 * Source: CFTC technical specification v3.2, #29.
 */
export const isEventIdentifier = (text: string): boolean =>
  text.length > LEI_LENGTH && isVarchar(text, 52) && startsWithLei(text);

/** Is the text a well-formed USI: up to 42 letters and digits? CFTC technical specification v3.2, #102. */
export const isUsi = (text: string): boolean => isVarchar(text, 42);

const USI_NAMESPACE_LENGTH = 10;

/**
 * Has a USI an identifier behind the 10 characters of its namespace, which the CFTC gave to the entity that made it?
 * Source: CFTC USI data standard of 2012-10-01; the length of the namespace is general knowledge.
 */
export const hasUsiNamespace = (usi: string): boolean => usi.length > USI_NAMESPACE_LENGTH;

/**
 * Is the text a well-formed party identifier? Up to 72 letters and digits; one that looks like an LEI must be one.
 * Source: CFTC technical specification v3.2, #13 and #14.
 */
export const isPartyIdentifier = (text: string): boolean =>
  isLei(text) || (isVarchar(text, 72) && !isLeiShaped(text));

/** Is the text shaped like a market identifier code: four digits and capital letters? ISO 10383. */
export const isMic = (text: string): boolean => text.length === 4 && isCapitalAlphanumeric(text);

/** Sum of the first 11 characters in the hybrid system MOD 31,30 of ISO 7064; -1 when one is not in the alphabet. */
function upiSum(text: string): number {
  let product = 30;
  for (let at = 0; at < UPI_LENGTH - 1; at += 1) {
    const value = UPI_VALUES[text.charCodeAt(at)] ?? -1;
    if (value < 0) return -1;
    const sum = (product + value) % 30 || 30;
    product = (2 * sum) % 31;
  }
  return product;
}

/**
 * Check character of a UPI, over all 11 characters before it, "QZ" included.
 * Source: ISO 4914, ISO 7064 MOD 31,30.
 * @throws RangeError unless given 11 characters of the UPI alphabet
 */
export function upiCheckCharacter(first11: string): string {
  const sum = first11.length === UPI_LENGTH - 1 ? upiSum(first11) : -1;
  if (sum < 0) throw new RangeError('a UPI has 11 digits and consonants before its check character');
  return UPI_ALPHABET[(31 - sum) % 30]!;
}

/** Does the text claim to be a UPI? It begins with QZ, in any case and whatever follows. ISO 4914. */
export const claimsUpi = (text: string): boolean => text.slice(0, 2).toUpperCase() === 'QZ';

/** Has the text the characters of a UPI: QZ and ten digits and consonants? ISO 4914. */
export const isUpiShaped = (text: string): boolean =>
  text.length === UPI_LENGTH &&
  text.startsWith('QZ') &&
  upiSum(text) >= 0 &&
  (UPI_VALUES[text.charCodeAt(UPI_LENGTH - 1)] ?? -1) >= 0;

/** Is the text a well-formed UPI with the right check character? ISO 4914, ISO 7064 MOD 31,30. */
export function isUpi(text: string): boolean {
  if (text.length !== UPI_LENGTH || !text.startsWith('QZ')) return false;
  const sum = upiSum(text);
  const check = UPI_VALUES[text.charCodeAt(UPI_LENGTH - 1)] ?? -1;
  return sum >= 0 && check >= 0 && (sum + check) % 30 === 1;
}
