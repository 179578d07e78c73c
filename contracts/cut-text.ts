/**
 * Text of others as it can be kept and shown: cut, without NUL, which Postgres keeps nowhere, and without halves of
 * characters, as a cut makes them, too.
 * @param most so many UTF-16 units
 */
export const cutText = (text: string, most: number): string =>
  text.slice(0, most).replaceAll('\0', '\ufffd').toWellFormed();
