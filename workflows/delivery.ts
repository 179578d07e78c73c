/**
 * The way of a file of the outbox to its target: one activity sends it record by record and listens until everything has
 * its answer, for days if need be. Records never come here; how far it is stands in Postgres.
 */
import {
  ActivityCancellationType,
  defineQuery,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { DeliveryActivities } from '../activities/delivery.ts';
import { TainError } from '../contracts/errors.ts';
import { PROGRESS_QUERY } from '../contracts/lifecycles.ts';
import type { DeliveryEnd, DeliveryInput, DeliveryProgress } from '../contracts/outbound.ts';
import { toProblem } from './problems.ts';

const { deliverFile } = proxyActivities<DeliveryActivities>({
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  summary: 'check, send, listen',
});
const { noteFailure } = proxyActivities<DeliveryActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  summary: 'keep why it failed',
});

const progressQuery = defineQuery<DeliveryProgress>(PROGRESS_QUERY);

export async function delivery({ deliveryId }: DeliveryInput): Promise<DeliveryEnd> {
  let progress: DeliveryProgress = { deliveryId, stage: 'sending', problem: null };
  const show = (change: Partial<DeliveryProgress>): void => {
    progress = { ...progress, ...change };
    const { stage, problem } = progress;
    const why = problem ? `\n\n${problem.code}: ${new TainError(problem.code, problem.params).message}` : '';
    setCurrentDetails(`Delivery **${deliveryId}**: ${stage}.${why}`);
  };
  setHandler(progressQuery, () => progress);
  show({});
  try {
    const end = await deliverFile(deliveryId);
    show({ stage: end.state });
    return end;
  } catch (error) {
    const problem = toProblem(error);
    if (problem === null) throw error;
    log.warn('delivery.failed', { deliveryId, code: problem.code });
    show({ stage: 'failed', problem });
    return noteFailure(deliveryId, problem);
  }
}
