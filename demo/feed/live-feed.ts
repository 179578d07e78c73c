/**
 * A feed that never ends: session after session to one consumer at a time, at the pace of the plan from wherever the
 * consumer is. It keeps nothing: a consumer that comes back names its session, and that is all there is to know.
 */
import type { LoginRequest } from '../../domain/feeds/packets.ts';
import type { Consumer } from './consumer.ts';
import { listenForConsumers, type FeedPort } from './listen.ts';
import type { PlannedMessage } from './plan.ts';
import { playPlan } from './play.ts';
import { planSession, sessionAfter } from './sessions.ts';

export type LiveFeedRequest = {
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** The messages of a session; null when there is none of that name. */
  readonly plan?: (session: string) => readonly PlannedMessage[] | null;
  /** Milliseconds that do not jump; only tests play faster. */
  readonly clock?: () => number;
};

const HEARTBEAT_MS = 1000;
const SILENCE_MS = 15_000;

/** @throws the error of the system when the port cannot be had */
export async function startLiveFeed(request: LiveFeedRequest): Promise<FeedPort> {
  const { port, now = Date.now, plan: planOf = planSession, clock = () => performance.now() } = request;
  let active: Consumer | null = null;
  /** The newest session that somebody was given. */
  let newest: string | null = null;

  const login = ({ session: wanted, sequence }: LoginRequest, consumer: Consumer): void => {
    if (active !== null) return consumer.reject('B');
    // Who names no session has none, or has come to the end of one: never one that was given before.
    const session = wanted === '' ? sessionAfter(newest, now()) : wanted;
    const plan = planOf(session);
    if (plan === null) return consumer.reject('S');
    if (newest === null || session > newest) newest = session;
    active = consumer;
    // Behind the end, too: it may have been longer once, and going back would be another session of the same name.
    const first = Math.max(1, sequence);
    consumer.accept(session, first);
    const begun = clock() - (plan[first - 1]?.sendAtMs ?? 0);
    void playPlan(plan, first, {
      nowMs: () => clock() - begun,
      stays: () => active === consumer,
      send: (message) => consumer.send(message, null),
    }).then((isOver) => {
      if (!isOver) return;
      consumer.endSession();
      // It may stay to tell what became of its messages; the session is over for it all the same.
      if (active === consumer) active = null;
    });
  };

  const server = await listenForConsumers(
    { port, heartbeatMs: HEARTBEAT_MS, silenceMs: SILENCE_MS },
    {
      login,
      told: () => undefined,
      left: (consumer) => {
        if (active === consumer) active = null;
      },
    },
  );
  return {
    port: server.port,
    async close() {
      active = null;
      await server.close();
    },
  };
}
