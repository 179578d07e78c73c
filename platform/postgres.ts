/** Connections to PostgreSQL. */
import net from 'node:net';
import postgres, { type Sql } from 'postgres';

export type { Sql };

/** Connections of the API process. */
export const API_POOL_SIZE = 10;

const STATEMENT_TIMEOUT_MS = 15 * 60 * 1000;

/**
 * Opens a pool. Dates come as text ("2026-11-21"), 64-bit integers as numbers: counts and byte offsets stay far
 * below 2^53.
 * @param name shown in pg_stat_activity, like "tain batch"
 */
export function connectPostgres(
  url: string,
  name: string,
  maxConnections = 10,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
): Sql {
  return postgres(url, {
    max: maxConnections,
    // A statement that takes longer has lost its way: better an error that is retried than a silence.
    connection: { application_name: name, statement_timeout: statementTimeoutMs },
    ...socketOption(),
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

type Place = {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path?: string | false;
};

/**
 * The driver's option for opening sockets, which its types do not know. Ours have Nagle's algorithm off, which the
 * driver leaves on: a short message behind a long one (the end of a COPY, the COMMIT behind it) would wait some 40 ms
 * for the server's delayed acknowledgement. Several hosts take turns.
 */
function socketOption(): object {
  let attempt = 0;
  const socket = ({ host, port, path }: Place): net.Socket => {
    if (path) return net.connect({ path });
    const index = attempt++ % port.length;
    return net.connect({ host: host[index]!, port: port[index]!, noDelay: true });
  };
  return { socket };
}
