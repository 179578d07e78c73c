/**
 * The answers of a repository: a receipt says that a message came over the session, a file verdict that a file was taken
 * as a whole, a record verdict that a message holds. One JSON object each; whatever else comes is unreadable, and kept.
 */
import type { OutboundAnswer } from '../../contracts/outbound.ts';
import type { Issue } from '../../contracts/issues.ts';
import { MAX_MESSAGE_BYTES } from '../feeds/packets.ts';

/** Ids and names of files are shorter. Of longer ones nobody here knows anything. */
const MAX_SUBJECT = 200;
const MAX_VALUE = 200;
const MAX_ISSUES = 100;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const UNREADABLE: OutboundAnswer = { kind: 'unreadable', subject: null, verdict: null, issues: [] };

/** The bytes of an answer: as many issues as fit into a packet. */
export function encodeOutboundAnswer({ kind, subject, verdict, issues }: OutboundAnswer): Uint8Array {
  for (let count = issues.length; ; count >>= 1) {
    const bytes = encoder.encode(JSON.stringify({ kind, subject, verdict, issues: issues.slice(0, count) }));
    if (bytes.length <= MAX_MESSAGE_BYTES || count === 0) return bytes;
  }
}

/** The answer in some bytes, whatever they are. */
export function readOutboundAnswer(bytes: Uint8Array): OutboundAnswer {
  try {
    return readAnswerFields(JSON.parse(decoder.decode(bytes)));
  } catch {
    return UNREADABLE;
  }
}

/**
 * An answer from its fields, as a packet or the line of a file has them.
 * @param fields kind, subject, verdict and issues; whatever they are
 */
export function readAnswerFields(fields: unknown): OutboundAnswer {
  if (typeof fields !== 'object' || fields === null) return UNREADABLE;
  const { kind, subject, verdict, issues } = fields as Record<string, unknown>;
  if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT) return UNREADABLE;
  if (!isStorable(subject)) return UNREADABLE;
  if (kind === 'receipt' && verdict === 'received') return { kind, subject, verdict, issues: [] };
  if (kind !== 'file' && kind !== 'record') return UNREADABLE;
  if (verdict !== 'accepted' && verdict !== 'refused') return UNREADABLE;
  return { kind, subject, verdict, issues: readIssues(issues) };
}

function readIssues(issues: unknown): Issue[] {
  if (!Array.isArray(issues)) return [];
  return (issues as readonly unknown[]).slice(0, MAX_ISSUES).flatMap((issue) => readIssue(issue) ?? []);
}

/** An issue in our form; a repository may have rules of its own. */
function readIssue(issue: unknown): Issue | null {
  if (typeof issue !== 'object' || issue === null) return null;
  const { ruleId, severity, element, column, value, params } = issue as Record<string, unknown>;
  const rule = textOf(ruleId);
  if (rule === null) return null;
  return {
    ruleId: rule,
    severity: severity === 'warning' || severity === 'unchecked' ? severity : 'error',
    element: textOf(element),
    column: textOf(column),
    value: textOf(value),
    params: readParams(params),
  };
}

function readParams(params: unknown): Issue['params'] {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return {};
  const read = Object.entries(params).flatMap(([name, value]: [string, unknown]) => {
    const known = typeof value === 'number' && Number.isFinite(value) ? value : textOf(value);
    return known === null || !isStorable(name) ? [] : [[name, known] as const];
  });
  return Object.fromEntries(read);
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && isStorable(value) ? value.slice(0, MAX_VALUE).toWellFormed() : null;

/** Can the database hold it, and a terminal show it? */
const isStorable = (text: string): boolean => text.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(text);
