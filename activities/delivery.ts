/** The steps of delivery: sending a file of the outbox record by record, and keeping what comes back. */
import path from 'node:path';
import { Context, log } from '@temporalio/activity';
import type { ErrorFacts } from '../contracts/errors.ts';
import type { DeliveryEnd } from '../contracts/outbound.ts';
import { claimDelivery, countDelivery, failDelivery } from '../db/deliveries.ts';
import { hashText } from '../db/ledger-subjects.ts';
import { openOutboxFile } from '../platform/outbox/outbox-file.ts';
import { prepareTarget } from '../platform/outbox/open-target.ts';
import type { Sql } from '../platform/postgres.ts';
import { sendDelivery, type SendProgress } from './delivery-sender.ts';
import { withFailures } from './failures.ts';
import { keepBeating } from './heartbeat.ts';

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

/** The session of a delivery: ten characters, as a login has them. */
const sessionOf = (deliveryId: string): string => `D${hashText(deliveryId).slice(0, 9)}`;

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
          const claimed = await claimDelivery(sql, deliveryId, sessionOf);
          if (claimed === null) return endOf(deliveryId, 'answered', null);
          const { row, file: written, session } = claimed;
          // Before the target is spoken to: of a file that is not what was written nothing leaves.
          const file = await openOutboxFile({ ...written, path: path.resolve(dataDir, written.path) });
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
