/** Deliveries of tests: a file of messages, sent as the day has it sent. */
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import type { DeliveryEnd } from '../../contracts/outbound.ts';
import type { DeliveryRow } from '../../db/deliveries.ts';
import type { Receiver } from '../../demo/receiver.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import type { TestDatabase } from './database.ts';
import { changeOf, cutMessages, enterFile, recordOf, startDelivery, type useOutbound } from './outbound.ts';
import type { TestTemporal } from './temporal.ts';
import { withWorker } from './worker.ts';

/** Beginnings of swaps, each with a change. */
export const swaps = (count: number): RecordValues[] =>
  Array.from({ length: count }, (_, index) => [recordOf(index), changeOf(index, 5)]).flat();

export function useDeliveries(
  database: TestDatabase,
  temporal: TestTemporal,
  outbound: ReturnType<typeof useOutbound>,
) {
  return {
    /** Points the outbound file at a receiver and enters a file of messages. */
    async prepare(records: readonly RecordValues[], receiver: Receiver, more: object = {}) {
      await outbound.point(receiver, more);
      const messages = await cutMessages(database.sql, records);
      const file = await enterFile(database.sql, outbound.folder(), messages);
      return { messages, ...file };
    },
    /** Delivers with a worker of its own. */
    deliver: (deliveryId: string, batchRecords = 20): Promise<DeliveryEnd> =>
      withWorker(temporal, outbound.deliveries({ batchRecords }), () => startDelivery(temporal, deliveryId)),
    handleOf: (deliveryId: string) =>
      temporal.client.workflow.getHandle(LIFECYCLES.delivery.workflowId(deliveryId)),
    deliveryRow: async (): Promise<DeliveryRow> =>
      (await database.sql<DeliveryRow[]>`select * from delivery`)[0]!,
  };
}
