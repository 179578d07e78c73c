/**
 * When a job will start, as a band. The plan gives one instant: it knows what runs and who is ahead, not who is still
 * to come, nor how wrong the predictions are. How much later or earlier jobs with such a wait really started than they
 * were told says that: the quantiles of actual to planned wait among the earlier jobs nearest to it (split conformal
 * prediction, so that the share of starts before the P90 holds whatever the distribution).
 */

export type PastStart = {
  /** How long the job was to wait by the plan when it was submitted. */
  readonly plannedMs: number;
  readonly waitedMs: number;
};

export type StartBand = { readonly p50Ms: number; readonly p90Ms: number };

/** Waits are compared on a scale on which differences far below this do not count. */
const SCALE_MS = 300_000;

/** So many earlier jobs are looked at, the nearest. */
const NEIGHBOURS = 200;

/** With fewer the band is a guess: what was planned, and that this many times and half an hour. */
const FEWEST = 20;
const GUESS_FACTOR = 3;
const GUESS_MS = 1_800_000;

/**
 * The band of a wait from now.
 * @param past earlier jobs in any order; the newest thousand are plenty
 */
export function startBand(past: readonly PastStart[], plannedMs: number): StartBand {
  if (past.length < FEWEST) return { p50Ms: plannedMs, p90Ms: plannedMs * GUESS_FACTOR + GUESS_MS };
  const scaled = (ms: number): number => Math.log(Math.max(0, ms) + SCALE_MS);
  const here = scaled(plannedMs);
  const ratios = past
    .map(({ plannedMs: planned, waitedMs }) => ({
      distance: Math.abs(scaled(planned) - here),
      ratio: scaled(waitedMs) - scaled(planned),
    }))
    .sort((one, other) => one.distance - other.distance || one.ratio - other.ratio)
    .slice(0, NEIGHBOURS)
    .map(({ ratio }) => ratio)
    .sort((one, other) => one - other);
  const at = (quantile: number): number => {
    const rank = Math.min(ratios.length, Math.ceil((ratios.length + 1) * quantile));
    return Math.max(0, Math.round(Math.exp(here + ratios[rank - 1]!) - SCALE_MS));
  };
  return { p50Ms: at(0.5), p90Ms: at(0.9) };
}
