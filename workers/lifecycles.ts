/** What must be running before work can arrive: search attributes, the maintenance schedule, the inbox, the governor, the watch. */
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { registerSearchAttributes, startLifecycle } from '../platform/temporal.ts';

const MAINTENANCE_SCHEDULE: ScheduleOptions = {
  scheduleId: LIFECYCLES.maintenance.workflowId(),
  spec: { intervals: [{ every: '6 hours' }] },
  action: {
    type: 'startWorkflow',
    workflowType: LIFECYCLES.maintenance.workflowType,
    workflowId: LIFECYCLES.maintenance.workflowId(),
    taskQueue: LIFECYCLES.maintenance.taskQueue,
    args: [],
  },
  // Idempotent upkeep: a run that was missed is made good by the next one.
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
  state: { triggerImmediately: true },
};

/** Safe to repeat: what runs already is left running, and an operator's pause of a schedule survives. */
export async function openLifecycles(client: Client): Promise<void> {
  await registerSearchAttributes(client);
  await reconcileSchedule(client, MAINTENANCE_SCHEDULE);
  await startLifecycle(client, 'inbox', {
    workflowId: LIFECYCLES.inbox.workflowId(),
    args: [],
    summary: 'watches <data dir>/<yyyymmdd>/rec',
  });
  await startLifecycle(client, 'governor', {
    workflowId: LIFECYCLES.governor.workflowId(),
    args: [],
    summary: 'holds background work back while realtime lags',
  });
  await startLifecycle(client, 'exceptionWatch', {
    workflowId: LIFECYCLES.exceptionWatch.workflowId(),
    args: [],
    summary: 'looks for what needs a person',
  });
}

/** Creates a schedule, or brings the one that exists in line with its definition here. */
export async function reconcileSchedule(client: Client, options: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { spec, action, policies } = options;
    await client.schedule
      .getHandle(options.scheduleId)
      .update((previous) => ({ ...previous, spec, action, ...(policies && { policies }) }));
  }
}
