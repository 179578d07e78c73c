/**
 * Where events come from, and the place of each: what people read in issues, what tells one record from all others, and
 * what puts equal messages in an order. Nothing in it depends on when a source arrived.
 */
import type { Part } from '../cftc/action-events.ts';
import type { RecordValues } from './record-content.ts';
import { readSwapEvent, type SwapEvent } from './swap-event.ts';

export type EventSource =
  | {
      readonly kind: 'file';
      /** The file's public id, "20261121-<32 hex digits>". */
      readonly name: string;
      readonly fileId: number;
      readonly revision: number;
    }
  | { readonly kind: 'feed'; readonly feed: string; readonly session: string };

/** Number of the record in its file, or sequence number in the session of its feed. */
export type SourcedEvent = { readonly position: number; readonly event: SwapEvent };

/** The name of a source: "20261121-…", "20261121-….2" for its second revision, "desk@20261121" for a session of a feed. */
export function sourceName(source: EventSource): string {
  if (source.kind === 'feed') return `${source.feed}@${source.session}`;
  return source.revision === 1 ? source.name : `${source.name}.${source.revision}`;
}

export const placeOf = (name: string, position: number): string => `${name}/${position}`;

/**
 * The event that a record of a source reports.
 * @returns null when the record names neither a swap nor, for margin, a portfolio
 */
export function readSourcedEvent(
  values: RecordValues,
  {
    source,
    position,
    part = null,
    hash,
  }: {
    readonly source: EventSource;
    readonly position: number;
    readonly part?: Part | null;
    /** SHA-256 of a text, in hex. */
    readonly hash: (text: string) => string;
  },
): SourcedEvent | null {
  const event = readSwapEvent(values, { place: placeOf(sourceName(source), position), part, hash });
  return event && { position, event };
}
