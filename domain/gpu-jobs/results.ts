/** A program's list of its results against what lies there. */
import { cutText } from '../../contracts/cut-text.ts';

/** Path below the folder of results, with "/". */
export type ListedFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

export type ResultProblem =
  /** Said to be there, and is not. */
  | 'missing'
  /** There, and not listed. */
  | 'unlisted'
  | 'bytes'
  | 'sha256'
  | 'listed-twice'
  /** A path that is none or leads out of the folder, or an entry without path, bytes or hash. */
  | 'entry'
  /** A link, a socket or the like. */
  | 'no-file'
  /** A file or folder that cannot be read, or whose name is no text. */
  | 'unreadable'
  /** More than is kept of one run. */
  | 'too-large'
  /** The list itself is no JSON of that shape. */
  | 'manifest';

/** What was said and what was found, both as text; '' where there is nothing to say. */
export type ResultDifference = {
  readonly file: string;
  readonly problem: ResultProblem;
  readonly said: string;
  readonly found: string;
};

/** Reads a list: {"files": [{"path", "bytes", "sha256"}]}. Entries are judged by compareResults. */
export function readManifest(text: string): { files: readonly unknown[] } | { problem: ResultDifference } {
  try {
    const value = JSON.parse(text) as { files?: unknown } | null;
    if (Array.isArray(value?.files)) return { files: value.files as unknown[] };
  } catch {
    // Said below.
  }
  return { problem: { file: 'manifest.json', problem: 'manifest', said: cutText(text, 80), found: '' } };
}

function describeEntry(entry: unknown): string {
  try {
    return cutText(JSON.stringify(entry), 200);
  } catch {
    return 'nested too deeply';
  }
}

/** Compares list and files, in the order of the list, then of the files. */
export function compareResults(
  list: readonly unknown[],
  found: readonly ListedFile[],
): readonly ResultDifference[] {
  const byPath = new Map(found.map((file) => [file.path, file]));
  const listed = new Set<string>();
  const differences: ResultDifference[] = [];
  const differ = (file: string, problem: ResultProblem, said: string, other: string): void =>
    void differences.push({ file, problem, said, found: other });
  list.forEach((entry, index) => {
    const said = readEntry(entry);
    if (!said) return differ(`files[${index}]`, 'entry', describeEntry(entry), '');
    if (listed.has(said.path)) return differ(said.path, 'listed-twice', said.sha256, '');
    listed.add(said.path);
    const file = byPath.get(said.path);
    if (!file) return differ(said.path, 'missing', said.sha256, '');
    if (file.bytes !== said.bytes) differ(said.path, 'bytes', String(said.bytes), String(file.bytes));
    if (file.sha256 !== said.sha256) differ(said.path, 'sha256', said.sha256, file.sha256);
  });
  for (const file of found) if (!listed.has(file.path)) differ(file.path, 'unlisted', '', file.sha256);
  return differences;
}

/** An entry with its hash in small letters; null when it is none. */
function readEntry(entry: unknown): ListedFile | null {
  const { path, bytes, sha256 } = (entry ?? {}) as Partial<Record<keyof ListedFile, unknown>>;
  if (typeof path !== 'string' || !Number.isSafeInteger(bytes) || typeof sha256 !== 'string') return null;
  if (!/^[0-9a-f]{64}$/i.test(sha256) || !isInside(path)) return null;
  return { path, bytes: bytes as number, sha256: sha256.toLowerCase() };
}

const isInside = (path: string): boolean =>
  path !== '' &&
  path.isWellFormed() &&
  !path.includes('\0') &&
  !path.startsWith('/') &&
  path.split('/').every((part) => !['', '.', '..'].includes(part));
