/** Connections to PostgreSQL. */
import net from 'node:net';
import postgres, { type Sql } from 'postgres';

export type { Sql };

/** Connections of the API process. */
export const API_POOL_SIZE = 10;

const STATEMENT_TIMEOUT_MS = 15 * 60 * 1000;

/** What the server ends by itself, also when the client stands still, in milliseconds; 0: never. */
export type SessionSettings = {
  /** A statement that takes longer has lost its way: better an error that is retried than a silence. */
  readonly statementMs?: number;
  /** A transaction that takes longer. */
  readonly transactionMs?: number;
  /** The only schema in which names are looked up; absent: as the server is set up. */
  readonly schema?: string;
};

/**
 * Opens a pool. Dates come as text ("2026-11-21"), 64-bit integers as numbers: counts and byte offsets stay far
 * below 2^53.
 * @param name shown in pg_stat_activity, like "tain batch"
 */
export function connectPostgres(
  url: string,
  name: string,
  maxConnections = 10,
  { statementMs = STATEMENT_TIMEOUT_MS, transactionMs = 0, schema }: SessionSettings = {},
): Sql {
  return postgres(url, {
    max: maxConnections,
    connection: {
      application_name: name,
      statement_timeout: statementMs,
      transaction_timeout: transactionMs,
      ...(schema !== undefined && { search_path: schema }),
    },
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

/** Of all feeds together: each has a batch, a report and a basis under way at most. */
const REALTIME_CONNECTIONS = 20;
const REALTIME_STATEMENT_TIMEOUT_MS = 10_000;
/** The longest that a batch of a feed may take. */
export const REALTIME_TRANSACTION_TIMEOUT_MS = 5000;

/**
 * Opens the pool of the realtime role: a transaction of a process that stands still ends, so that the one which takes
 * over is not held up by its locks.
 */
export const connectRealtime = (url: string): Sql =>
  connectPostgres(url, 'tain realtime', REALTIME_CONNECTIONS, {
    statementMs: REALTIME_STATEMENT_TIMEOUT_MS,
    transactionMs: REALTIME_TRANSACTION_TIMEOUT_MS,
  });

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
    if (path) return closingLate(net.connect({ path }));
    const index = attempt++ % port.length;
    return closingLate(net.connect({ host: host[index]!, port: port[index]!, noDelay: true }));
  };
  return { socket };
}

/** Together longer than anything computes between two statements of a transaction. */
const LOOKS_BEFORE_CLOSE = 10;
const LOOK_MS = 20;

/**
 * The driver (3.4.9) writes to a connection that has closed, a failed transaction its ROLLBACK above all, and throws
 * where nobody can catch it, which ends the process. So it hears of the end as an error of what is under way, and of
 * the close a moment later; what it writes in between leads nowhere and fails as well.
 */
function closingLate(socket: net.Socket): net.Socket {
  const emit = socket.emit.bind(socket) as (event: string, ...args: unknown[]) => boolean;
  let isConnected = false;
  socket.emit = ((event: string, ...args: unknown[]): boolean => {
    if (event === 'connect') isConnected = true;
    if (event !== 'close' || !isConnected) return emit(event, ...args);
    const lost = (): Error =>
      Object.assign(new Error('The connection to PostgreSQL was closed.'), { code: 'CONNECTION_CLOSED' });
    let looks = 0;
    const look = (): void => {
      emit('error', lost());
      looks += 1;
      if (looks < LOOKS_BEFORE_CLOSE) setTimeout(look, LOOK_MS);
      // Behind what is written in this round: a write that is still due would keep the next connection from writing.
      // Without an error: only then does the driver fail what was written since the last look.
      else setTimeout(() => setImmediate(() => emit('close', false)), LOOK_MS);
    };
    look();
    return true;
  }) as typeof socket.emit;
  return socket;
}
