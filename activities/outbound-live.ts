/** What leaves at once: one activity per target sends it and keeps what comes back. */
import { Context, log } from '@temporalio/activity';
import { LIVE_SESSION, type OutboundLiveEnd } from '../contracts/outbound.ts';
import { claimSession } from '../db/outbound-sessions.ts';
import { loadTargets, targetOf } from '../platform/outbound-config.ts';
import { prepareTarget } from '../platform/outbox/open-target.ts';
import type { Sql } from '../platform/postgres.ts';
import { withFailures } from './failures.ts';
import { keepBeating } from './heartbeat.ts';
import { drainLive } from './live-sender.ts';

export type OutboundLiveDependencies = {
  /** A pool whose transactions have a timeout. */
  readonly sql: Sql;
  readonly outboundFile: string | undefined;
  readonly handOverMs: number;
};

export type OutboundLiveActivities = ReturnType<typeof createOutboundLiveActivities>;

export function createOutboundLiveActivities({ sql, outboundFile, handOverMs }: OutboundLiveDependencies) {
  return withFailures({
    /**
     * Sends for hours. Safe to retry: what is not known to have been received is sent again, the other side applies each
     * message once by its id, and only the newest attempt can store.
     */
    async drainOutbound(name: string): Promise<OutboundLiveEnd> {
      const { cancellationSignal: signal } = Context.current();
      let sent = 0;
      return keepBeating(
        () => ({ sent }),
        async () => {
          if (targetOf(await loadTargets(outboundFile), 43)?.name !== name) return { ended: 'removed', sent };
          const target = await prepareTarget(outboundFile, name);
          const session = await claimSession(sql, name, LIVE_SESSION);
          log.info('outbound.send', { target: name, epoch: session.epoch, nextAnswer: session.nextAnswer });
          const onSent = (count: number): void => void (sent += count);
          await drainLive({ sql, session, target, signal, handOverMs, onSent });
          return { ended: 'handed-over', sent };
        },
      );
    },
  });
}
