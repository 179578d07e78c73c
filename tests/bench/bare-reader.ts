/** The other side of stream ingest: batches off the same socket into three plain tables, nothing looked at. */
import { SESSION_DEFAULTS } from '../../platform/feeds/session-settings.ts';
import { openTcpSession } from '../../platform/feeds/tcp-session.ts';
import type { Reader } from './cases/stream-ingest.ts';

const SEPARATOR = '\u001f';
const FEED = 'bench';
/** As many swaps as a day of the generator has per message, about. */
const KEYS = 50_000;

export const createBareReader =
  (max: number, lingerMs: number): Reader =>
  async ({ sql, port, signal, onCommit }) => {
    const settings = { ...SESSION_DEFAULTS, feed: FEED, host: '127.0.0.1', port, user: '', password: '' };
    const source = openTcpSession(settings, null, () => undefined);
    let committing: Promise<unknown> = Promise.resolve();
    try {
      for (;;) {
        signal.throwIfAborted();
        const messages = await source.read({ max, waitMs: 100, lingerMs });
        if (messages.length === 0) continue;
        const sequences = messages.map(({ position }) => position.offset);
        const bodies = messages.map(({ bytes }) => Buffer.from(bytes).toString('utf8')).join(SEPARATOR);
        const next = sequences.at(-1)! + 1;
        await committing;
        committing = sql
          .begin(async (tx) => {
            await Promise.all([
              tx`
                insert into bare_history (feed, sequence, received_at, body)
                select ${FEED}, sequence, now(), body
                from unnest(${sequences}::bigint[], string_to_array(${bodies}, ${SEPARATOR})) as new (sequence, body)`,
              tx`
                insert into bare_state (key, sequence, body)
                select distinct on (key) 'swap-' || sequence % ${KEYS} as key, sequence, body
                from unnest(${sequences}::bigint[], string_to_array(${bodies}, ${SEPARATOR})) as new (sequence, body)
                order by key, sequence desc
                on conflict (key) do update set sequence = excluded.sequence, body = excluded.body`,
              tx`update bare_checkpoint set next = ${next} where feed = ${FEED} and next = ${sequences[0]!}`,
            ]);
          })
          .then(() => onCommit(next - 1));
        committing.catch(() => undefined);
      }
    } finally {
      await committing.catch(() => undefined);
      await source.close();
    }
  };
