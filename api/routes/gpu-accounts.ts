/** Who holds what of the GPUs, what was used, what it cost, and by which policy. Who sees only their own is told only that. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import { MAX_GPU_DAYS } from '../../contracts/gpu.ts';
import {
  GpuAllocationList,
  GpuCostQuery,
  GpuCostView,
  GpuPolicyView,
  GpuUsageQuery,
  GpuUsageView,
  GpuUserQuery,
} from '../../contracts/gpu.schema.ts';
import { seesOnlyOwn, type GpuArea } from '../../contracts/policy.ts';
import { listHeldAt } from '../../db/gpu-allocations.ts';
import { readCostFacts } from '../../db/gpu-cost.ts';
import { readPolicyAt } from '../../db/gpu-policy.ts';
import { lastGpuPosition } from '../../db/gpu-position.ts';
import { listUsage } from '../../db/gpu-usage.ts';
import { addDays, dayNumber } from '../../domain/cftc/calendars/days.ts';
import { HOUR_MS } from '../../domain/gpu-cost/cost-of-period.ts';
import type { Sql } from '../../platform/postgres.ts';
import type { Caller } from '../token-check.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { viewAllocations, viewCost, viewPolicy, viewUsage } from '../views/gpu.ts';

const MAX_USAGE_ROWS = 5000;
const DAYS_BEFORE = 6;

export function gpuAccountRoutes({ sql }: { sql: Sql }): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/gpu/allocations',
      {
        onRequest: may('gpu.allocations.read'),
        schema: {
          ...{ tags: ['gpu'], summary: 'Who holds what of which card now', querystring: GpuUserQuery },
          response: { 200: GpuAllocationList, ...PROBLEMS },
        },
      },
      async (request) => {
        const owner = whose(request.user, 'allocations', request.query.user);
        return viewAllocations(await listHeldAt(sql, await lastGpuPosition(sql), owner));
      },
    );

    app.get(
      '/v1/gpu/usage',
      {
        onRequest: may('gpu.metrics.read'),
        schema: {
          ...{
            tags: ['gpu'],
            summary: 'What cards and jobs used, by the hour or day',
            querystring: GpuUsageQuery,
          },
          response: { 200: GpuUsageView, ...PROBLEMS },
        },
      },
      async (request) => {
        const { step, device } = request.query;
        const { from, to, fromMs, toMs } = readPeriod(request.query);
        const owner = whose(request.user, 'metrics', request.query.user);
        const range = { from: new Date(fromMs), to: new Date(toMs) };
        const rows = await listUsage(sql, { ...range, step, owner, device, limit: MAX_USAGE_ROWS + 1 });
        const usage = viewUsage(rows.slice(0, MAX_USAGE_ROWS));
        return { from, to, isCut: rows.length > MAX_USAGE_ROWS, usage };
      },
    );

    app.get(
      '/v1/gpu/cost',
      {
        onRequest: may('gpu.cost.read'),
        schema: {
          ...{
            tags: ['gpu'],
            summary: 'What GPUs cost, by user and job, with what is idle',
            querystring: GpuCostQuery,
          },
          response: { 200: GpuCostView, ...PROBLEMS },
        },
      },
      async (request) => {
        const { from, to, fromMs, toMs } = readPeriod(request.query);
        const owner = whose(request.user, 'cost', request.query.user);
        // What an hour costs is known when it has ended.
        const until = Math.max(fromMs, Math.min(toMs, Math.floor(Date.now() / HOUR_MS) * HOUR_MS));
        const facts = await readCostFacts(sql, { fromMs, toMs: until });
        const cost = viewCost(facts, owner, !seesOnlyOwn(request.user.role, 'cost'));
        return { from, to, until: new Date(until).toISOString(), ...cost };
      },
    );

    app.get(
      '/v1/gpu/policy',
      {
        onRequest: may('gpu.system.read'),
        schema: {
          ...{ tags: ['gpu'], summary: 'Weights, quotas and shares that hold now', querystring: NoQuery },
          response: { 200: GpuPolicyView, ...PROBLEMS },
        },
      },
      async () => viewPolicy(await readPolicyAt(sql, await lastGpuPosition(sql))),
    );
  };
}

/**
 * Whose an answer is about; null: everybody's.
 * @throws TainError gpu.not-own
 */
function whose({ sub, role }: Caller, area: GpuArea, user: string | undefined): string | null {
  if (!seesOnlyOwn(role, area)) return user ?? null;
  if (user !== undefined && user !== sub) throw new TainError('gpu.not-own', { role, area, user });
  return sub;
}

/** Days of UTC, and the instants that they begin and end at. @throws TainError gpu.range */
function readPeriod(query: { from?: string | undefined; to?: string | undefined }) {
  const to = query.to ?? new Date().toISOString().slice(0, 10);
  const from = query.from ?? addDays(to, -DAYS_BEFORE) ?? to;
  const days = (dayNumber(to) ?? NaN) - (dayNumber(from) ?? NaN) + 1;
  if (!(days >= 1 && days <= MAX_GPU_DAYS)) throw new TainError('gpu.range', { from, to, days });
  const fromMs = Date.parse(`${from}T00:00:00Z`);
  return { from, to, fromMs, toMs: fromMs + days * 24 * HOUR_MS };
}
