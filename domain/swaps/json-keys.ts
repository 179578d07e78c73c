/** Names that a JSON object has twice: JSON.parse keeps the last one and says nothing. */

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Names of an object that are there more than once.
 * @param text what JSON.parse has read as an object
 * @param distinct how many names it found
 */
export function findRepeatedKeys(text: string, distinct: number): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let total = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) depth -= 1;
    if (code !== QUOTE) continue;
    const end = endOfString(text, at + 1);
    if (depth === 1 && isKey(text, end + 1)) {
      const key = JSON.parse(text.slice(at, end + 1)) as string;
      total += 1;
      if (seen.has(key)) repeated.add(key);
      seen.add(key);
    }
    at = end;
  }
  return total === distinct ? [] : [...repeated];
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
