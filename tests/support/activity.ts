/** Activities without a worker. */
import { asyncLocalStorage, type Context } from '@temporalio/activity';

/** Runs what an activity does, in a context as a worker gives it; nobody cancels it. */
export const inActivity = <Result>(run: () => Promise<Result>): Promise<Result> =>
  asyncLocalStorage.run(
    {
      heartbeat: () => undefined,
      info: {},
      log: { info: () => undefined, warn: () => undefined },
      cancellationSignal: new AbortController().signal,
    } as unknown as Context,
    run,
  );
