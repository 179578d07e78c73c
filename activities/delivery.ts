/** The steps of delivery: sending a file of the outbox record by record, and keeping what comes back. */
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import { ERRORS, TainError, type ErrorCode, type ErrorFacts } from '../contracts/errors.ts';
import type { DeliveryEnd } from '../contracts/outbound.ts';
import {
  claimDelivery,
  countDelivery,
  failDelivery,
  findDelivery,
  type ClaimedDelivery,
  type DeliveryFile,
} from '../db/deliveries.ts';
import { noteSession } from '../db/outbound-sessions.ts';
import { openOutboxFile, type OutboxFile } from '../platform/outbox/outbox-file.ts';
import { prepareTarget } from '../platform/outbox/open-target.ts';
import type { Sql } from '../platform/postgres.ts';
import { sendDelivery, type SendProgress } from './delivery-sender.ts';
import { withFailures } from './failures.ts';
import { keepBeating } from './heartbeat.ts';
import { rebuildOutboxFile } from './outbox-rebuild.ts';

export type DeliveryDependencies = {
  readonly sql: Sql;
  readonly outboundFile: string | undefined;
  /** What the paths of files begin at. */
  readonly dataDir: string;
  /** Records per batch; absent: as many as a statement takes well. */
  readonly batchRecords?: number;
};

export type DeliveryActivities = ReturnType<typeof createDeliveryActivities>;

const BATCH_RECORDS = 500;

/** What a file can be written again for. */
const REBUILT: ReadonlySet<ErrorCode> = new Set(['outbox.vanished', 'outbox.changed', 'outbox.unreadable']);

export function createDeliveryActivities({
  sql,
  outboundFile,
  dataDir,
  batchRecords = BATCH_RECORDS,
}: DeliveryDependencies) {
  const endOf = async (
    deliveryId: string,
    state: DeliveryEnd['state'],
    problem: ErrorFacts | null,
  ): Promise<DeliveryEnd> => {
    const { sent, acknowledged, refused } = await countDelivery(sql, deliveryId);
    return { state, problem, sent, acknowledged, refused };
  };

  const readEnd = async (deliveryId: string): Promise<DeliveryEnd['state']> =>
    (await findDelivery(sql, deliveryId))?.state === 'given-up' ? 'given-up' : 'answered';

  /** Opens the file; one that is gone or changed is written again where somebody said so. */
  const openProven = async (
    { row, session }: ClaimedDelivery,
    written: DeliveryFile,
    signal: AbortSignal,
  ): Promise<OutboxFile> => {
    try {
      return await openOutboxFile(written);
    } catch (error) {
      if (!(error instanceof TainError)) throw error;
      // What is tried again is shown meanwhile.
      if (ERRORS[error.code].retryable) await noteSession(sql, session, error);
      if (!row.may_rewrite || !REBUILT.has(error.code)) throw error;
    }
    await rebuildOutboxFile(sql, row, written, signal);
    return openOutboxFile(written);
  };

  return withFailures({
    /**
     * Sends a file and listens until everything of it has its answer. Safe to retry: what is not known to have been
     * received is sent again, the other side applies each message once by its id, and only the newest attempt can store.
     */
    async deliverFile(deliveryId: string): Promise<DeliveryEnd> {
      const { cancellationSignal: signal } = Context.current();
      let progress: SendProgress | null = null;
      return keepBeating(
        () => progress,
        async () => {
          const claimed = await claimDelivery(sql, deliveryId);
          if (claimed === null) return endOf(deliveryId, await readEnd(deliveryId), null);
          const { row, session } = claimed;
          const written = { ...claimed.file, path: path.resolve(dataDir, claimed.file.path) };
          // Before the target is spoken to: of a file that is not what was written nothing leaves.
          const file = await openProven(claimed, written, signal);
          try {
            const target = await prepareTarget(outboundFile, row.target);
            log.info('delivery.send', { deliveryId, epoch: session.epoch, from: row.next_record });
            const onProgress = (reached: SendProgress): void => void (progress = reached);
            await sendDelivery({
              sql,
              row,
              written,
              file,
              session,
              target,
              batchRecords,
              signal,
              onProgress,
            });
          } finally {
            await file.close();
          }
          return endOf(deliveryId, 'answered', null);
        },
      );
    },

    /** Keeps why a delivery cannot go on by itself. Safe to retry: it is kept once. */
    async noteFailure(deliveryId: string, problem: ErrorFacts): Promise<DeliveryEnd> {
      await failDelivery(sql, deliveryId, problem);
      return endOf(deliveryId, 'failed', problem);
    },
  });
}
