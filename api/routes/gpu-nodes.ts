/** Nodes with their GPUs: what there is, what is free, and draining what is to be serviced. */
import type { Client } from '@temporalio/client';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import {
  GpuCapacityView,
  GpuDeviceName,
  GpuNodeList,
  GpuNodeName,
  GpuNodeOrder,
  GpuNodeView,
} from '../../contracts/gpu.schema.ts';
import { listNodes, retireNode, setDeviceState, setNodeState } from '../../db/gpu-nodes.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { hintTasks } from '../submit-training.ts';
import { viewCapacity, viewNode } from '../views/gpu.ts';

export function gpuNodeRoutes({ sql, client }: { sql: Sql; client: Client }): FastifyPluginAsyncZod {
  return async (app) => {
    const common = { tags: ['gpu'], querystring: NoQuery };

    app.get(
      '/v1/gpu/nodes',
      {
        onRequest: may('gpu.devices.read'),
        schema: {
          ...common,
          summary: 'GPU nodes and their cards',
          response: { 200: GpuNodeList, ...PROBLEMS },
        },
      },
      async () => ({ nodes: (await listNodes(sql)).map(viewNode) }),
    );

    app.get(
      '/v1/gpu/capacity',
      {
        onRequest: may('gpu.devices.read'),
        schema: {
          ...common,
          summary: 'What there is of GPUs, and what is free',
          response: { 200: GpuCapacityView, ...PROBLEMS },
        },
      },
      async () => viewCapacity(await listNodes(sql)),
    );

    const order = {
      ...common,
      params: GpuNodeName,
      body: GpuNodeOrder,
      response: { 200: GpuNodeView, ...PROBLEMS },
    };
    const change = (operation: 'drain' | 'resume', summary: string, description: string): void =>
      void app.post(
        `/v1/gpu/nodes/:node/${operation}`,
        { onRequest: may('gpu.devices.operate'), schema: { ...order, summary, description } },
        async (request) => {
          const { node } = request.params;
          const { sub, role } = request.user;
          const state = operation === 'drain' ? 'draining' : 'open';
          await setNodeState(sql, { actor: sub, role }, { node, state, reason: request.body.reason });
          // What waits may start there now.
          await hintTasks(client, [], request.log);
          return findNode(node);
        },
      );
    change(
      'drain',
      'Let nothing more start on a node',
      'What runs goes on; the node is drained when nothing is left.',
    );
    change('resume', 'Let jobs start on a node again', 'What was drained is open.');

    app.post(
      '/v1/gpu/nodes/:node/retire',
      {
        onRequest: may('gpu.devices.retire'),
        schema: {
          ...order,
          summary: 'Take a node and its cards out of service for good',
          description:
            'Refused while anything runs on it. Their history and their cost stay. Answers with the nodes that are left.',
          response: { 200: GpuNodeList, ...PROBLEMS },
        },
      },
      async (request) => {
        const { sub, role } = request.user;
        await retireNode(sql, { actor: sub, role }, request.params.node, request.body.reason);
        return { nodes: (await listNodes(sql)).map(viewNode) };
      },
    );

    for (const { operation, state, action, summary, description } of DEVICE_OPERATIONS)
      app.post(
        `/v1/gpu/devices/:device/${operation}`,
        {
          onRequest: may(action),
          schema: {
            ...{ ...common, params: GpuDeviceName, body: GpuNodeOrder, summary, description },
            response: { 200: GpuNodeList, ...PROBLEMS },
          },
        },
        async (request) => {
          const { sub, role } = request.user;
          const change = { device: request.params.device, state, reason: request.body.reason };
          await setDeviceState(sql, { actor: sub, role }, change);
          await hintTasks(client, [], request.log);
          return { nodes: (await listNodes(sql)).map(viewNode) };
        },
      );
  };

  async function findNode(name: string): Promise<GpuNodeView> {
    const found = (await listNodes(sql)).find(({ node }) => node === name);
    // Somebody has retired it since.
    if (!found) throw new TainError('gpu.node-not-found', { node: name });
    return viewNode(found);
  }
}

const DEVICE_OPERATIONS = [
  {
    ...({ operation: 'drain', state: 'unhealthy', action: 'gpu.devices.operate' } as const),
    summary: 'Let nothing more start on a card',
    description: 'What runs on it goes on. For a card that is ill, or that something else is to use.',
  },
  {
    ...({ operation: 'resume', state: 'ready', action: 'gpu.devices.operate' } as const),
    summary: 'Let jobs start on a card again',
    description: 'One that is retired comes back with the GPU file alone.',
  },
  {
    ...({ operation: 'retire', state: 'retired', action: 'gpu.devices.retire' } as const),
    summary: 'Take a card out of service for good',
    description: 'Refused while anything runs on it. Its history and its cost stay.',
  },
] as const;
