/** Names that a JSON object has twice: JSON.parse keeps the last one and says nothing. */

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Names of an object that are there more than once.
 * @param text what JSON.parse has read as an object
 * @param distinct how many names it found
 */
export function findRepeatedKeys(text: string, distinct: number): string[] {
  let total = 0;
  eachKey(text, () => (total += 1));
  if (total === distinct) return [];
  const seen = new Set<string>();
  const repeated = new Set<string>();
  eachKey(text, (start, end) => {
    // Names may be written in several ways: with escapes, and without.
    const key = JSON.parse(text.slice(start, end)) as string;
    if (seen.has(key)) repeated.add(key);
    seen.add(key);
  });
  return [...repeated];
}

/** Tells where the names of the outermost object stand, quotes included. */
function eachKey(text: string, tell: (start: number, end: number) => void): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) depth -= 1;
    if (code !== QUOTE) continue;
    const end = endOfString(text, at + 1);
    if (depth === 1 && isKey(text, end + 1)) tell(at, end + 1);
    at = end;
  }
}

/** Index of the quote that ends a string. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at;
  }
  return text.length;
}

/** Does a colon follow, behind blanks? */
function isKey(text: string, from: number): boolean {
  let at = from;
  while (' \t\n\r'.includes(text.charAt(at)) && at < text.length) at += 1;
  return text.charAt(at) === ':';
}
