/**
 * A feed as a process of its own, which can be killed and started again: plays the plan of a request, and appends each
 * answer that it is given to a file before anything else. What it was asked to do is all that it knows.
 */
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { planFeed, type FeedPlanRequest } from '../../demo/feed/plan.ts';
import { startFeedSimulator } from '../../demo/feed-simulator.ts';

export type FeedServerRequest = {
  readonly plan: FeedPlanRequest;
  readonly session: string;
  readonly port: number;
  /** Where messages of a gap can be had again. */
  readonly replayPort: number;
  /** When the plan began, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly answersFile: string;
};

const HEARTBEAT_MS = 500;
const SILENCE_MS = 3000;

const request = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as FeedServerRequest;
const { session, port, replayPort, startedAt, answersFile } = request;
const plan = planFeed(request.plan);
const times = { heartbeatMs: HEARTBEAT_MS, silenceMs: SILENCE_MS };
await startFeedSimulator({
  ...times,
  plan: plan.map((message) => ({ ...message, sendAtMs: 0, disruption: null })),
  session,
  port: replayPort,
});
await startFeedSimulator({
  ...times,
  plan,
  session,
  port,
  startedAt,
  onAnswer: (answer) => {
    appendFileSync(answersFile, `${answer.session} ${answer.sequence} ${answer.accepted}\n`);
  },
});
process.stdout.write('ready\n');
