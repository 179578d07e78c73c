/** A reader of server-sent events that can be closed, and come back. */
import http from 'node:http';
import type { EventData } from '../../contracts/events.schema.ts';
import { until } from './until.ts';

export type ReadEvent = { readonly id: number; readonly event: string; readonly data: EventData };

export type EventReader = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly events: ReadEvent[];
  /** All that came, as it came. */
  text(): string;
  /** What a client would send as Last-Event-ID. */
  lastId(): string;
  isEnded(): boolean;
  /** Waits until this holds of the events. */
  until(holds: (events: readonly ReadEvent[]) => boolean): Promise<void>;
  /** Cuts the connection off. */
  cut(): void;
};

export async function openEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(url, { headers, agent: false }, resolve).on('error', reject);
  });
  let [text, rest, lastId, isEnded] = ['', '', '', false];
  const events: ReadEvent[] = [];
  response.setEncoding('utf8');
  response.on('error', () => undefined);
  response.on('close', () => (isEnded = true));
  response.on('data', (part: string) => {
    text += part;
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string): string =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? '';
      lastId = field('id') || lastId;
      const data = field('data');
      if (data !== '')
        events.push({ id: Number(field('id')), event: field('event'), data: JSON.parse(data) as EventData });
    }
  });
  return {
    status: response.statusCode!,
    headers: response.headers,
    events,
    text: () => text,
    lastId: () => lastId,
    isEnded: () => isEnded,
    until: (holds) =>
      until(async () => {
        if (!holds(events)) throw new Error(`came so far: ${text.slice(-500)}`);
      }),
    cut: () => response.destroy(),
  };
}
