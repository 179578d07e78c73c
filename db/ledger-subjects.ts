/** Events by the swap or portfolio that they are about, in the order in which those are locked and written. */
import { hash } from 'node:crypto';
import type { SourcedEvent } from '../domain/swaps/event-source.ts';
import type { Subject, SwapEvent } from '../domain/swaps/swap-event.ts';

/** A subject as it is stored, and events of it. */
export type SubjectGroup = Subject & { readonly events: readonly SourcedEvent[] };

/** SHA-256 of a text, in hex: by it the ledger knows contents and keys. */
export const hashText = (text: string): string => hash('sha256', text);

/** Identifiers have at most 52 characters, a portfolio key three of them. An index entry has its bounds. */
const PLAIN = /^[\x20\x22-\x7e][\x20-\x7e]{0,199}$/;

/**
 * The key of a subject as it is stored: as it is, or, where the database could not hold, index or order it, "!" and a
 * hash. No other key begins with "!".
 */
export const storableKey = (key: string): string =>
  PLAIN.test(key) ? key : `!${hashText(JSON.stringify(key))}`;

/** Names a subject in maps. */
export const subjectId = ({ kind, key }: Subject): string => `${key}\n${kind}`;

/** SHA-256, in hex, of what identifies an event. */
export const keyHashOf = (event: SwapEvent): string => hashText(event.key);

/** Groups of events in the order of their keys, so that all writers meet swaps in the same order. */
export function groupBySubject(events: Iterable<SourcedEvent>): SubjectGroup[] {
  const groups = new Map<string, Subject & { readonly events: SourcedEvent[] }>();
  for (const sourced of events) {
    const { kind, key } = sourced.event.subject;
    const subject = { kind, key: storableKey(key) };
    const id = subjectId(subject);
    const group = groups.get(id);
    if (group) group.events.push(sourced);
    else groups.set(id, { ...subject, events: [sourced] });
  }
  return [...groups.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, group]) => group);
}
