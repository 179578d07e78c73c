/** Fields into one line, RFC 4180, so that every reader gets the very values back. */

/** What a spreadsheet takes for the start of a formula, also in the wide letters of East Asian keyboards. */
const FORMULA_START = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** What CSV must quote, and what a formula begins with: looking once is faster than twice. */
const NEEDS_QUOTES = new RegExp(`[",\\r\\n]|^\\s|\\s$|${FORMULA_START.source}`);

/** Does a spreadsheet take the text for a formula? */
export const looksLikeFormula = (text: string): boolean => FORMULA_START.test(text);

/** One line with its line break. A value that looks like a formula is marked as text as far as CSV can: by quotes. */
export function encodeLine(fields: readonly string[]): string {
  // Most fields of a message are blank, and hardly any needs quotes.
  let encoded: string[] | null = null;
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at]!;
    if (field !== '' && NEEDS_QUOTES.test(field))
      (encoded ??= [...fields])[at] = `"${field.replaceAll('"', '""')}"`;
  }
  return `${(encoded ?? fields).join(',')}\n`;
}
