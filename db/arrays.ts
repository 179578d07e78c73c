/**
 * Arrays as PostgreSQL reads them, for statements that write or look up many rows. The driver takes them as they are; of
 * an array of its own it would look at every character, one at a time.
 */

export const numberArray = (values: readonly (number | null)[]): string =>
  `{${values.map((value) => value ?? 'null').join()}}`;

/** An array of bytea from hexadecimal digits. */
export const hexArray = (values: readonly string[]): string =>
  `{${values.map((hex) => `\\\\x${hex}`).join()}}`;

export const textArray = (values: readonly (string | null)[]): string => `{${values.map(quote).join()}}`;

const ESCAPED = /["\\]/;

const quote = (text: string | null): string =>
  text === null ? 'null' : `"${ESCAPED.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`;

/** Stands in no JSON text, so that texts joined by it need no quoting. */
export const SEPARATOR = '\u001f';

/** JSON texts as one, for string_to_array(…, SEPARATOR, ''): what is null is empty in it. */
export const joinTexts = (texts: readonly (string | null)[]): string => texts.join(SEPARATOR);
