/** Connections to Temporal, and the one way to start a lifecycle. */
import { readFile } from 'node:fs/promises';
import { Client, Connection, WithStartWorkflowOperation, type ConnectionOptions } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
  type Workflow,
} from '@temporalio/common';
import { LIFECYCLES, SEARCH_ATTRIBUTES } from '../contracts/lifecycles.ts';
import type { Config } from './config.ts';

export type TemporalConfig = Pick<
  Config,
  | 'TEMPORAL_NAMESPACE'
  | 'TEMPORAL_TLS'
  | 'TEMPORAL_TLS_CA_FILE'
  | 'TEMPORAL_TLS_CERT_FILE'
  | 'TEMPORAL_TLS_KEY_FILE'
  | 'TEMPORAL_API_KEY'
> & { TEMPORAL_ADDRESS: string };

/** What clients and workers connect with. */
export async function connectionOptions(config: TemporalConfig) {
  const { TEMPORAL_TLS_CA_FILE, TEMPORAL_TLS_CERT_FILE, TEMPORAL_TLS_KEY_FILE, TEMPORAL_API_KEY } = config;
  const options: Pick<ConnectionOptions, 'tls'> & { address: string; apiKey?: string } = {
    address: config.TEMPORAL_ADDRESS,
  };
  if (TEMPORAL_API_KEY) options.apiKey = TEMPORAL_API_KEY;
  if (config.TEMPORAL_TLS || TEMPORAL_API_KEY || TEMPORAL_TLS_CERT_FILE) {
    options.tls = {
      ...(TEMPORAL_TLS_CA_FILE && { serverRootCACertificate: await readFile(TEMPORAL_TLS_CA_FILE) }),
      ...(TEMPORAL_TLS_CERT_FILE &&
        TEMPORAL_TLS_KEY_FILE && {
          clientCertPair: {
            crt: await readFile(TEMPORAL_TLS_CERT_FILE),
            key: await readFile(TEMPORAL_TLS_KEY_FILE),
          },
        }),
    };
  }
  return options;
}

/** A client for starting and asking workflows. Close its connection when done. */
export async function connectTemporal(config: TemporalConfig): Promise<Client> {
  const connection = await Connection.connect(await connectionOptions(config));
  return new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
}

const SEARCH_ATTRIBUTE_KEYS = {
  folderDate: defineSearchAttributeKey(SEARCH_ATTRIBUTES.folderDate, SearchAttributeType.KEYWORD),
  fileState: defineSearchAttributeKey(SEARCH_ATTRIBUTES.fileState, SearchAttributeType.KEYWORD),
};

/** KEYWORD in Temporal's enumeration of search attribute types. */
const INDEXED_VALUE_TYPE_KEYWORD = 2;

/** Registers Tain's search attributes; repeating it is no error. */
export async function registerSearchAttributes(client: Client): Promise<void> {
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]),
    ),
  });
}

export type LifecycleStart = {
  readonly workflowId: string;
  readonly args: readonly unknown[];
  /** One line for the list of the Temporal UI. */
  readonly summary: string;
  readonly searchAttributes?: Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string>>;
};

/**
 * Starts a workflow of the table in contracts/lifecycles.ts under its id; does nothing when it runs already.
 * Safe to repeat.
 */
export async function startLifecycle(
  client: Client,
  stem: keyof typeof LIFECYCLES,
  start: LifecycleStart,
): Promise<void> {
  await client.workflow.start(LIFECYCLES[stem].workflowType, startOptions(stem, start));
}

/** Gives a lifecycle a hint; one that does not run is started. Safe to repeat. */
export async function hintLifecycle(
  client: Client,
  stem: keyof typeof LIFECYCLES,
  start: LifecycleStart,
  signal: string,
): Promise<void> {
  await client.workflow.signalWithStart(LIFECYCLES[stem].workflowType, {
    ...startOptions(stem, start),
    signal,
  });
}

/**
 * Asks a lifecycle to do something, and waits for its answer; one that does not run is started. Safe to repeat as far as
 * what is asked is.
 * @param update the name of its update
 */
export async function updateLifecycle<Result>(
  client: Client,
  stem: keyof typeof LIFECYCLES,
  start: LifecycleStart,
  { update, args }: { readonly update: string; readonly args: unknown[] },
): Promise<Result> {
  const startWorkflowOperation = new WithStartWorkflowOperation(
    LIFECYCLES[stem].workflowType,
    startOptions(stem, start),
  );
  return client.workflow.executeUpdateWithStart<Workflow, Result, unknown[]>(update, {
    args,
    startWorkflowOperation,
  });
}

function startOptions(stem: keyof typeof LIFECYCLES, start: LifecycleStart) {
  const lifecycle = LIFECYCLES[stem];
  const attributes = Object.entries(start.searchAttributes ?? {}) as [
    keyof typeof SEARCH_ATTRIBUTES,
    string,
  ][];
  return {
    workflowId: start.workflowId,
    taskQueue: lifecycle.taskQueue,
    args: [...start.args],
    workflowIdReusePolicy: lifecycle.idReusePolicy,
    workflowIdConflictPolicy: lifecycle.idConflictPolicy,
    priority: { priorityKey: lifecycle.priority },
    staticSummary: start.summary,
    typedSearchAttributes: new TypedSearchAttributes(
      attributes.map(([name, value]) => ({ key: SEARCH_ATTRIBUTE_KEYS[name], value })),
    ),
  };
}

export type LifecycleOrder = LifecycleStart & {
  /** Name of the update that is handed over. */
  readonly update: string;
  /** The same order has the same id: a repeat is answered with the first answer. */
  readonly updateId: string;
  readonly updateArgs: readonly unknown[];
  readonly deadlineMs: number;
};

/**
 * Starts a workflow of the table together with an update, or hands the update to the run that there is, and waits for
 * its answer. Safe to repeat with the same id.
 * @throws the client's error when the update is refused, or not answered within the deadline: the workflow may run then
 */
export async function orderLifecycle<Answer>(
  client: Client,
  stem: keyof typeof LIFECYCLES,
  order: LifecycleOrder,
): Promise<Answer> {
  const lifecycle = LIFECYCLES[stem];
  const startWorkflowOperation = new WithStartWorkflowOperation(lifecycle.workflowType, {
    workflowId: order.workflowId,
    taskQueue: lifecycle.taskQueue,
    args: [...order.args],
    workflowIdReusePolicy: lifecycle.idReusePolicy,
    workflowIdConflictPolicy: lifecycle.idConflictPolicy,
    priority: { priorityKey: lifecycle.priority },
    staticSummary: order.summary,
  });
  return client.withDeadline(Date.now() + order.deadlineMs, () =>
    client.workflow.executeUpdateWithStart<Workflow, Answer, unknown[]>(order.update, {
      startWorkflowOperation,
      updateId: order.updateId,
      args: [...order.updateArgs],
    }),
  );
}
