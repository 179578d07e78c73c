/** Queries on gpu_policy, gpu_rates and gpu_site_rates: what is limited and weighed, and what things cost. Only added to. */
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import { NO_GPU_POLICY, type GpuPolicyDocument, type GpuRate, type GpuSiteRate } from '../contracts/gpu.ts';

export type PolicyRow = {
  /** 0: nobody has set one. */
  readonly position: number;
  readonly at: Date | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly policy: GpuPolicyDocument;
};

/** The policy that held at a position. */
export async function readPolicyAt(sql: Sql | TransactionSql, asOf: number): Promise<PolicyRow> {
  const [row] = await sql<PolicyRow[]>`
    select position, at, actor, reason, policy from gpu_policy where position <= ${asOf}
    order by position desc limit 1`;
  return row ?? { position: 0, at: null, actor: null, reason: null, policy: NO_GPU_POLICY };
}

/** Sets the policy, behind lockGpu, unless it is that already. @returns whether it changed */
export async function setPolicy(
  tx: TransactionSql,
  by: Actor,
  policy: GpuPolicyDocument,
  reason: string,
): Promise<boolean> {
  const json = tx.json(policy);
  const set = await tx`
    insert into gpu_policy (actor, role, reason, policy)
    select ${by.actor}, ${by.role}, ${reason}, ${json}
    where ${json}::jsonb is distinct from (select policy from gpu_policy order by position desc limit 1)`;
  return set.count > 0;
}

/** Adds prices that are not known yet, behind lockGpu. @returns how many */
export async function addRates(
  tx: TransactionSql,
  by: Actor,
  rates: readonly GpuRate[],
  siteRates: readonly GpuSiteRate[],
): Promise<number> {
  const [knownRates, knownSite] = [await listRates(tx), await listSiteRates(tx)];
  const isNew =
    <Row>(known: readonly Row[]) =>
    (row: Row): boolean =>
      !known.some((one) =>
        Object.entries(row as object).every(([key, value]) => one[key as keyof Row] === value),
      );
  const added = [rates.filter(isNew(knownRates)), siteRates.filter(isNew(knownSite))] as const;
  for (const { model, effectiveOn, purchaseMicros, salvageMicros, lifeYears, maintenanceShare } of added[0])
    await tx`
      insert into gpu_rates (model, effective_on, purchase_micros, salvage_micros, life_years, maintenance_share, actor, role)
      values (${model}, ${effectiveOn}, ${purchaseMicros}, ${salvageMicros}, ${lifeYears}, ${maintenanceShare},
              ${by.actor}, ${by.role})`;
  for (const { effectiveOn, currency, pue, kwhMicros, labourMicros, infraMicros } of added[1])
    await tx`
      insert into gpu_site_rates (effective_on, currency, pue, kwh_micros, labour_micros, infra_micros, actor, role)
      values (${effectiveOn}, ${currency}, ${pue}, ${kwhMicros}, ${labourMicros}, ${infraMicros}, ${by.actor}, ${by.role})`;
  return added[0].length + added[1].length;
}

/** Prices of cards, by model and date: of several of a date the one that was added last. */
export async function listRates(sql: Sql | TransactionSql): Promise<GpuRate[]> {
  return sql<GpuRate[]>`
    select distinct on (model, effective_on) model, effective_on as "effectiveOn", purchase_micros as "purchaseMicros",
           salvage_micros as "salvageMicros", life_years::float8 as "lifeYears",
           maintenance_share::float8 as "maintenanceShare"
    from gpu_rates order by model, effective_on, position desc`;
}

/** Prices of all together, by date. */
export async function listSiteRates(sql: Sql | TransactionSql): Promise<GpuSiteRate[]> {
  return sql<GpuSiteRate[]>`
    select distinct on (effective_on) effective_on as "effectiveOn", currency, pue::float8 as pue,
           kwh_micros as "kwhMicros", labour_micros as "labourMicros", infra_micros as "infraMicros"
    from gpu_site_rates order by effective_on, position desc`;
}
