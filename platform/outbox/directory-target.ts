/**
 * A target that is a folder: files are handed over in it whole, and answers are picked up from its folder "answers". They
 * stay there: whoever reads them again finds them known.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TainError } from '../../contracts/errors.ts';
import type { DirectoryTargetSettings } from '../outbound-config.ts';
import { createAnswerReader } from './answer-files.ts';
import { handOver } from './folder-handover.ts';
import type { LinkRequest, OutboundLink, OutboundTarget } from './outbound-target.ts';

const LOOK_MS = 250;

export const prepareDirectoryTarget = (settings: DirectoryTargetSettings): OutboundTarget => ({
  name: settings.name,
  takes: 'files',
  answerMs: settings.answerMs,
  open: (request) => openLink(settings, request),
});

function openLink(
  { name: target, path: folder }: DirectoryTargetSettings,
  { answerFiles }: LinkRequest,
): OutboundLink {
  const answers = path.join(folder, 'answers');
  const reader = createAnswerReader(answers, answerFiles);
  let isClosed = false;
  const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
  const isOfSystem = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

  return {
    send: async (messages) => messages.length,
    async finish(file) {
      try {
        await handOver(folder, file);
        return true;
      } catch (error) {
        if (error instanceof TainError) throw error;
        const params = { target, path: folder, reason: reasonOf(error) };
        throw new TainError('outbound.unwritable', params, { cause: error });
      }
    },
    async read({ max, waitMs }) {
      const until = performance.now() + waitMs;
      try {
        for (;;) {
          const taken = await reader.read(max);
          if (taken.length > 0 || isClosed || performance.now() >= until) return taken;
          await sleep(Math.min(LOOK_MS, waitMs));
        }
      } catch (error) {
        if (!isOfSystem(error)) throw error;
        const params = { target, address: answers, reason: reasonOf(error) };
        throw new TainError('outbound.unreachable', params, { cause: error });
      }
    },
    status: () => ({ isConnected: true, connections: 1, problem: null }),
    async close() {
      isClosed = true;
      await reader.close();
    },
  };
}
