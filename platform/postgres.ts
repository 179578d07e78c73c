/** Connections to PostgreSQL. */
import postgres, { type Sql } from 'postgres';

export type { Sql };

const STATEMENT_TIMEOUT_MS = 15 * 60 * 1000;

/**
 * Opens a pool. Dates come as text ("2026-11-21"), 64-bit integers as numbers: counts and byte offsets stay far
 * below 2^53.
 * @param name shown in pg_stat_activity, like "tain batch"
 */
export function connectPostgres(url: string, name: string, maxConnections = 10): Sql {
  return postgres(url, {
    max: maxConnections,
    // A statement that takes longer has lost its way: better an error that is retried than a silence.
    connection: { application_name: name, statement_timeout: STATEMENT_TIMEOUT_MS },
    onnotice: () => undefined,
    types: {
      bigint: {
        to: 20,
        from: [20],
        serialize: (value: number) => String(value),
        parse: (text: string) => Number(text),
      },
      date: { to: 1082, from: [1082], serialize: (value: string) => value, parse: (text: string) => text },
    },
  });
}
