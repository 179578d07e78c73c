/** The words for errors of GPU training. Spread into those of all errors. */
import type { GpuErrorCode } from '../errors.ts';
import { quote, type ErrorWords, type Param } from './shape.ts';

/** Why a job can never run. */
const ORDER_RULES: Readonly<Record<string, (param: Param) => string>> = {
  qos: (param) => `there is no such QoS, but ${param('limit')}`,
  model: (param) => `there is no such model, but ${param('limit')}`,
  parts: () => 'give either whole GPUs, or a MIG profile, or shares of one GPU',
  impossible: () => 'no node has so much, however idle it is',
  quota: (param) => `it is more than the quota of ${param('limit')} GPUs`,
  expired: () => 'it is over already',
};

const say = (param: Param): string => ORDER_RULES[param('rule')]?.(param) ?? param('rule');

export const ENGLISH_GPU_ERRORS: Readonly<Record<GpuErrorCode, ErrorWords>> = {
  'gpu-file.invalid': {
    title: 'The GPU file is not valid',
    help: 'Mend it as docs/gpu.md says, and start the batch worker anew; until then everything is as it was.',
    detail: (param) => `${param('file')}, ${param('place')}: ${param('problem')}.`,
  },
  'gpu-file.unreadable': {
    title: 'The GPU file cannot be read',
    help: 'Check TAIN_GPU_FILE, that the file is there, and that Tain may read it.',
    detail: (param) => `${param('file')} cannot be read (${param('reason')}).`,
  },
  'gpu.node-not-found': {
    title: 'There is no such GPU node',
    help: 'GET /v1/gpu/nodes lists them; new ones are named in TAIN_GPU_FILE, or come from the cluster.',
    detail: (param) => `No GPU node is named ${quote(param('node'))}.`,
  },
  'gpu.node-state': {
    title: 'The GPU node is in that state already, or retired',
    help: 'Look at it with GET /v1/gpu/nodes. A retired node comes back when TAIN_GPU_FILE names it, or the cluster has it, again.',
    detail: (param) => `The GPU node ${quote(param('node'))} is ${param('state')}.`,
  },
  'gpu.node-withheld': {
    title: 'The cluster lets nothing start on the GPU node',
    help: 'Look at the node with kubectl describe node. Tain takes it up again by itself when the cluster does.',
    detail: (param) => `The GPU node ${quote(param('node'))} is open for Tain, but ${param('reason')}.`,
  },
  'gpu.node-in-cluster': {
    title: 'The GPU node is one of the cluster',
    help: 'Drain it here, or remove it from the cluster: Tain retires it by itself then.',
    detail: (param) => `The cluster has ${quote(param('node'))}: it would be back at once.`,
  },
  'gpu.node-short': {
    title: 'The GPU node has no room',
    help: 'Plan again: something else has taken the room, or the node is drained.',
    detail: (param) => `Nothing can start there: ${param('problem')}.`,
  },
  'gpu.device-not-found': {
    title: 'There is no such GPU',
    help: 'GET /v1/gpu/nodes lists the GPUs of each node.',
    detail: (param) => `No GPU is named ${quote(param('device'))}.`,
  },
  'gpu.device-held': {
    title: 'The GPU is in use',
    help: 'Drain its node, and wait until what runs on it has ended.',
    detail: (param) => `${quote(param('device'))} is held by a job: it cannot be cut otherwise or retired.`,
  },
  'gpu.card-uncut': {
    title: 'The GPU is not cut into MIG instances',
    help: 'Cut it (nvidia-smi mig -cgi … -C), name its instances in TAIN_GPU_FILE (docs/gpu.md), and submit the job again.',
    detail: (param) =>
      `${quote(param('device'))} has no MIG instance ${quote(param('profile'))}: the job would have seen all of the card.`,
  },
  'gpu.device-unfit': {
    title: 'The GPU cannot be cut or placed like that',
    help: 'Check model, number on its node, sharing, MIG profile and first memory slice against docs/gpu.md.',
    detail: (param) => `${quote(param('device'))} does not fit ${param('model')} (${param('rule')}).`,
  },
  'gpu.slice-held': {
    title: 'A part of a GPU is in use already',
    help: 'Plan again: something else has taken it.',
    detail: (param) => `Nothing was allocated: ${param('problem')}.`,
  },
  'gpu.job-not-found': {
    title: 'There is no such training job',
    help: 'Check its id, or that of the job that it depends on.',
    detail: (param) => `No training job has the id ${quote(param('job'))}.`,
  },
  'gpu.array-not-found': {
    title: 'There is no such array of training jobs',
    help: 'Its id stands at each of its jobs as `array`: GET /v1/gpu/jobs with state=all.',
    detail: (param) => `No training job is a task of the array ${quote(param('array'))}.`,
  },
  'gpu.job-moved': {
    title: 'The training job is in another state',
    help: 'Look at where it is now; what was asked for is not possible from there.',
    detail: (param) => `The training job ${quote(param('job'))} cannot do that: ${param('problem')}.`,
  },
  'gpu.store-down': {
    title: 'Training cannot reach what it keeps its facts or results in',
    help: 'Bring it back (for `results`: room on the disk of TAIN_STATE_DIR). It is tried on; no job fails for it.',
    detail: (param) => `The store ${param('store')} does not answer: ${quote(param('problem'))}.`,
  },
  'gpu.not-own': {
    title: 'It belongs to somebody else',
    help: 'Leave `user` out to see your own; what is of others an operator changes.',
    detail: (param) =>
      `The role ${param('role')} reaches its own ${param('area')} here, not that of ${quote(param('user'))}.`,
  },
  'gpu.order-invalid': {
    title: 'The job can never run like this',
    help: 'Change the field that is named. What there is: GET /v1/gpu/nodes; quotas and QoS: GET /v1/gpu/policy.',
    detail: (param) => `${param('field')} is ${quote(param('value'))}: ${say(param)}.`,
  },
  'gpu.workdir-busy': {
    title: 'Another job works in that folder',
    help: 'Give each job a workdir of its own, or wait until the other one has ended.',
    detail: (param) =>
      `${param('job') === '' ? 'A training job of somebody else' : `The training job ${quote(param('job'))}`} has not ended and works in ${quote(param('workdir'))}, in a folder that holds it, or in one that lies in it.`,
  },
  'gpu.request-differs': {
    title: 'The request key stands for another order',
    help: 'Send what was sent before, or use another key; the first submission stays as it is.',
    detail: (param) =>
      `The training job ${quote(param('job'))} was submitted with this key and another ${param('field')}.`,
  },
  'gpu.no-output': {
    title: 'The job has written nothing that is kept',
    help: 'Try again when it runs: GET /v1/gpu/jobs/ID says where it is. Attempts are counted from 1.',
    detail: (param) =>
      `There is no ${param('stream')} of attempt ${param('attempt')} of the training job ${quote(param('job'))}.`,
  },
  'gpu.output-range': {
    title: 'These bytes of the output are not there',
    help: 'Ask for bytes that are kept, or for the last ones like "bytes=-10000".',
    detail: (param) =>
      `${quote(param('range'))} lies outside of the output: bytes ${param('first')} to before ${param('end')} are kept.`,
  },
  'gpu.decision-not-found': {
    title: 'There is no such decision',
    help: 'The decision that started a job stands in its timeline; decisions are kept for TAIN_GPU_DECISION_KEEP_DAYS.',
    detail: (param) => `No decision of the planner is kept at position ${param('position')}.`,
  },
  'gpu.currency-changed': {
    title: 'The period has prices in two currencies',
    help: 'Ask for the days before the change and for those from it on, each by itself.',
    detail: (param) =>
      `Until ${param('day')} prices are in ${param('before')}, from then on in ${param('currency')}: they cannot be summed up.`,
  },
  'gpu.range': {
    title: 'The period cannot be answered',
    help: 'Give `from` and `to` as dates like 2026-11-21, `to` not before `from`, and no more than 92 days.',
    detail: (param) => `From ${param('from')} to ${param('to')} are ${param('days')} days.`,
  },
};
