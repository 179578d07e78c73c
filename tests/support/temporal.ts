/** A Temporal namespace of its own for a test file. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { parseConfig } from '../../platform/config.ts';
import { connectTemporal, registerSearchAttributes } from '../../platform/temporal.ts';
import { provided } from './engines.ts';
import { until } from './until.ts';

export type TestTemporal = { client: Client; connection: NativeConnection; namespace: string };

const DAY_SECONDS = 86_400;
let isRuntimeInstalled = false;

export function useTemporal(): TestTemporal {
  const context = {} as TestTemporal;

  beforeAll(async () => {
    if (!isRuntimeInstalled) Runtime.install({ logger: new DefaultLogger('ERROR') });
    isRuntimeInstalled = true;
    const address = provided('TAIN_TEST_TEMPORAL_ADDRESS');
    context.namespace = `test-${randomUUID()}`;
    context.client = await connectTemporal({
      ...parseConfig({ TEMPORAL_NAMESPACE: context.namespace }),
      TEMPORAL_ADDRESS: address,
    });
    await context.client.workflowService.registerNamespace({
      namespace: context.namespace,
      workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as never },
    });
    await until(async () => {
      await registerSearchAttributes(context.client);
      await context.client.workflow.count();
    });
    context.connection = await NativeConnection.connect({ address });
  });

  afterAll(async () => {
    for await (const running of context.client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
      await context.client.workflow
        .getHandle(running.workflowId)
        .terminate('end of the test')
        .catch(() => undefined);
    }
    await context.connection.close();
    await context.client.connection.close();
  });

  return context;
}
