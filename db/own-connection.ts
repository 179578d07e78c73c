/**
 * A connection of its own, for what several statements need together. The driver (3.4.9) leaves what is asked of such a
 * connection behind its end without an answer, and takes one that is given back for a living one. So whoever waits looks
 * from another connection whether it is there still, and what is lost is not given back.
 */
import type { ReservedSql, Sql } from 'postgres';

const LOOK_MS = 1000;

export type OwnConnection = {
  readonly sql: ReservedSql;
  /**
   * What was asked of it. @throws Error with the code CONNECTION_CLOSED when the connection is lost meanwhile
   */
  answer<Result>(asked: PromiseLike<Result>): Promise<Result>;
  /** Gives it back. It must not be used any more. */
  release(): Promise<void>;
};

/** Takes a connection out of the pool. Give it back in any case. */
export async function takeConnection(pool: Sql): Promise<OwnConnection> {
  const sql = await pool.reserve();
  const [backend] = await sql<[{ pid: number; start: string }]>`
    select pid, backend_start::text as start from pg_stat_activity where pid = pg_backend_pid()`;
  const { pid, start } = backend;
  const isThere = async (): Promise<boolean> => {
    const found = await pool`
      select from pg_stat_activity where pid = ${pid} and backend_start::text = ${start}`.catch(() => []);
    return found.length > 0;
  };
  const answer = async <Result>(asked: PromiseLike<Result>): Promise<Result> => {
    let timer: NodeJS.Timeout | undefined;
    const lost = new Promise<never>((_, reject) => {
      const look = (): void => {
        timer = setTimeout(() => {
          void isThere().then((is) => (is ? look() : reject(connectionLost())));
        }, LOOK_MS);
      };
      look();
    });
    // Looked at by the race alone.
    lost.catch(() => undefined);
    try {
      return await Promise.race([asked, lost]);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    sql,
    answer,
    async release() {
      // Asked of the connection itself: where all of a pool are taken, nobody else could answer.
      const isLost = await answer(sql`select 1`).then(
        () => false,
        ({ code }: NodeJS.ErrnoException) => code?.startsWith('CONNECTION_') ?? false,
      );
      if (!isLost) sql.release();
    },
  };
}

const connectionLost = (): Error =>
  Object.assign(new Error('The connection to PostgreSQL was lost.'), { code: 'CONNECTION_CLOSED' });
