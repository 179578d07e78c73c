/** A target over a TCP session: we send unsequenced packets, and its sequenced ones are answers. */
import type { ErrorFacts } from '../../contracts/errors.ts';
import { ERRORS, TainError } from '../../contracts/errors.ts';
import { readOutboundAnswer } from '../../domain/outbound/answer.ts';
import { encodeFileEnd } from '../../domain/outbound/message-packet.ts';
import type { FeedEvent } from '../feeds/feed-source.ts';
import { SESSION_DEFAULTS } from '../feeds/session-settings.ts';
import { openTcpSession } from '../feeds/tcp-session.ts';
import { OUTBOUND_ERRORS, type SessionTargetSettings } from '../outbound-config.ts';
import { readPassword } from '../settings-file.ts';
import type { LinkRequest, OutboundLink, OutboundTarget } from './outbound-target.ts';

/**
 * Reads what opening needs, so that opening itself cannot fail.
 * @throws TainError outbound.unreadable, outbound.invalid
 */
export async function prepareSessionTarget(
  outboundFile: string,
  settings: SessionTargetSettings,
): Promise<OutboundTarget> {
  const password = await readPassword(outboundFile, settings, OUTBOUND_ERRORS);
  const { name, answerMs } = settings;
  return { name, takes: 'records', answerMs, open: (request) => openLink(settings, password, request) };
}

function openLink(settings: SessionTargetSettings, password: string, request: LinkRequest): OutboundLink {
  const { name: target, host, port, user, connectMs, heartbeatMs, silenceMs, packetMs } = settings;
  let connections = 0;
  const observe = (event: FeedEvent): void => {
    if (event.type === 'connected') connections += 1;
    if (event.type !== 'gap') return;
    const { shard: session, from, to } = event;
    request.onProblem({ code: 'outbound.answers-lost', params: { target, session, from, to: to - 1 } });
  };
  const patience = { connectMs, heartbeatMs, silenceMs, packetMs };
  const session = openTcpSession(
    { ...SESSION_DEFAULTS, ...patience, feed: target, host, port, user, password },
    { shard: request.session, offset: request.nextAnswer },
    observe,
  );
  const describe = ({ code }: ErrorFacts): ErrorFacts => ({
    code: ERRORS[code].retryable ? 'outbound.unreachable' : 'outbound.stopped',
    params: { target, address: `${host}:${port}`, reason: code },
  });

  return {
    send: (messages) => session.send(messages),
    finish: async ({ name, sent, sha256 }) =>
      (await session.send([encodeFileEnd({ file: name, end: sent, sha256 })])) === 1,
    async read({ max, waitMs }) {
      try {
        const read = await session.read({ max, waitMs, lingerMs: 1 });
        // Nothing follows in a session that has ended, and none of ours is over: it is logged in to again.
        if (read.length === 0 && session.status().state === 'ended')
          throw new TainError('outbound.unreachable', {
            target,
            address: `${host}:${port}`,
            reason: 'end of session',
          });
        return read.map(({ position, bytes, receivedAt }) => ({
          session: position.shard,
          sequence: position.offset,
          receivedAt,
          bytes,
          answer: readOutboundAnswer(bytes),
        }));
      } catch (error) {
        if (!(error instanceof TainError) || error.code === 'outbound.unreachable') throw error;
        const { code, params } = describe(error);
        throw new TainError(code, params, { cause: error });
      }
    },
    status() {
      const { state, problem } = session.status();
      return { isConnected: state === 'connected', connections, problem: problem && describe(problem) };
    },
    close: () => session.close(),
  };
}
