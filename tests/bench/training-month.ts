/**
 * A month of training jobs in the shape of a published workload: Helios, the GPU clusters of SenseTime (Hu and others,
 * "Characterization and Prediction of Deep Learning Workloads in Large-Scale GPU Datacenters", SC '21): GPU jobs run
 * 206 s in the median and 6,652 s in the mean, which a lognormal distribution has with a sigma of 2.64; more than half
 * take one GPU, few more than eight; people submit by day and less at weekends. What is assumed beside: the spread of
 * a user's runs of one template (sigma 0.8 of the 2.64), walltimes of 1.5 to 10 times the run, one run in ten that its
 * walltime ends, 60 users in 6 teams, one in five of them with most of the jobs.
 */
import { createRandom, type Random } from '../../demo/random.ts';
import { DAY } from '../support/gpu-cluster.ts';
import { HOUR, MINUTE, NOW } from '../support/gpu-jobs.ts';
import type { SimulatedJob } from '../support/gpu-simulation.ts';

const MEDIAN_MS = 206_000;
const SIGMA = Math.sqrt(2 * Math.log(6652 / 206));
const OWN_SIGMA = 0.8;
const TEMPLATE_SIGMA = Math.sqrt(SIGMA ** 2 - OWN_SIGMA ** 2);
const LONGEST_MS = 4 * DAY;
const USERS = 60;
const TEAMS = 6;
const DAYS = 30;

/** GPUs of a job by hundredths of the jobs. */
const SIZES: readonly (readonly [part: number, gpus: number, nodes: number])[] = [
  [56, 1, 1],
  [14, 2, 1],
  [12, 4, 1],
  [15, 8, 1],
  [3, 8, 2],
];

const unit = (random: Random): number => (random.int(0, 999_999_999) + 1) / 1_000_000_001;

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(unit(random))) * Math.cos(2 * Math.PI * unit(random));

/**
 * Jobs of a month whose GPU time comes to a part of what the GPUs have.
 * @param load of the capacity, 0 to 1
 */
export function trainingMonth(gpus: number, load: number, seed: string): SimulatedJob[] {
  const random = createRandom(seed);
  const wanted = gpus * DAYS * DAY * load;
  const medians = new Map<string, number>();
  const jobs: SimulatedJob[] = [];
  for (let asked = 0, at = 0; asked < wanted; at += 1) {
    const user = random.chance(0.8) ? random.int(1, USERS / 5) : random.int(1, USERS);
    const template = `t${random.int(1, 8)}`;
    const key = `${user} ${template}`;
    if (!medians.has(key)) medians.set(key, MEDIAN_MS * Math.exp(TEMPLATE_SIGMA * normal(random)));
    const ownMs = medians.get(key)! * Math.exp(OWN_SIGMA * normal(random));
    const runMs = Math.round(Math.min(LONGEST_MS, Math.max(10_000, ownMs)));
    const factor = random.chance(0.1) ? 0.7 : 1.5 + 8.5 * unit(random);
    const walltimeMs = Math.min(LONGEST_MS, Math.ceil((runMs * factor) / (10 * MINUTE)) * 10 * MINUTE);
    const [, count, nodes] = pickSize(random);
    const submittedAt = arrival(random);
    asked += Math.min(runMs, walltimeMs) * count * nodes;
    jobs.push({
      runMs,
      template,
      job: {
        id: `job-${String(at).padStart(6, '0')}`,
        user: `user-${user}`,
        team: `team-${user % TEAMS}`,
        qos: 'normal',
        submittedAt,
        eligibleAt: submittedAt,
        isHeld: false,
        nice: 0,
        resources: {
          nodes,
          cpus: 4 * count,
          memoryMib: 16_384 * count,
          gpus: { kind: 'whole', model: null, count },
        },
        walltimeMs,
        predictedMs: null,
        nearNodes: [],
        preemptions: 0,
      },
    });
  }
  return jobs;
}

function pickSize(random: Random): (typeof SIZES)[number] {
  let left = random.int(1, 100);
  for (const size of SIZES) {
    left -= size[0];
    if (left <= 0) return size;
  }
  return SIZES[0]!;
}

/** Twice as likely in the afternoon as at night, half as likely at weekends. */
function arrival(random: Random): number {
  for (;;) {
    const at = random.int(0, DAYS * DAY - 1);
    const hour = (at % DAY) / HOUR;
    const day = Math.floor(at / DAY) % 7;
    const likely = (1 + Math.sin(((hour - 9) / 24) * 2 * Math.PI) / 3) * (day >= 5 ? 0.5 : 1);
    if (random.chance(likely / 1.34)) return NOW + at;
  }
}
