/** The output of a training job as server-sent events: attempt by attempt, from a place on, until the job has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import type { GpuJobState } from '../contracts/gpu.ts';
import type { GpuOutputEvent } from '../contracts/gpu-jobs.schema.ts';
import { readOutput, type RunOutput } from '../platform/executors/run-output.ts';
import { lengthOfOpenEnd } from '../platform/utf8.ts';
import type { StreamLimits } from './event-desk.ts';
import { openingOf, openSender, writeEvent } from './event-stream.ts';

const BLOCK_BYTES = 64 * 1024;
const LOOK_MS = 500;

/** A place in the output of a job, as an event's id says it: "2-4096". */
type OutputPlace = { readonly attempt: number; readonly at: number };

type FollowedJob = {
  readonly attempt: number;
  readonly state: GpuJobState;
  /** Has the job ended? */
  readonly isOver: boolean;
};

type OutputSource = {
  look(): Promise<FollowedJob>;
  /** Null: nothing is there yet, or any more. */
  output(attempt: number): Promise<RunOutput | null>;
};

/** @throws when the client has stalled: it may come back with its Last-Event-ID */
export async function followOutput(
  out: Writable,
  { look, output }: OutputSource,
  from: OutputPlace,
  limits: StreamLimits,
  expiresAt: number,
  signal: AbortSignal,
): Promise<void> {
  const { send, beat } = openSender(out, limits, signal);
  let place = from;
  const idOf = ({ attempt, at }: OutputPlace): string => `${attempt}-${at}`;
  const tell = (event: string, data: GpuOutputEvent): Promise<void> =>
    send(writeEvent(idOf(place), event, data));
  await send(openingOf(idOf(place)));
  while (!signal.aborted && Date.now() < expiresAt) {
    // Looked at first: what has ended by now has written all that it will.
    const job = await look();
    const next = await readNext(
      await output(place.attempt),
      place,
      job.attempt > place.attempt || job.isOver,
    );
    if (next !== null) {
      const { attempt, at } = place;
      place = { attempt, at: next.end };
      await tell('output', { attempt, from: next.from, missing: next.from - at, text: next.text });
    } else if (job.attempt > place.attempt) place = { attempt: place.attempt + 1, at: 0 };
    else if (job.isOver) {
      await tell('end', { attempt: place.attempt, state: job.state });
      return;
    } else if ((await beat(idOf(place))) > 0) await sleep(LOOK_MS, null, { signal }).catch(() => null);
  }
}

/** The next piece of an output, cut behind a whole character while more may come. Null: there is none (yet). */
async function readNext(
  output: RunOutput | null,
  { at }: OutputPlace,
  isWhole: boolean,
): Promise<{ readonly from: number; readonly end: number; readonly text: string } | null> {
  if (output === null || at >= output.end) return null;
  const from = Math.max(at, output.first);
  const block = await readOutput(output, from, BLOCK_BYTES);
  const open = isWhole && from + block.length >= output.end ? 0 : lengthOfOpenEnd(block);
  // A piece that is nothing but such a beginning is no text that is going to be one.
  const bytes = block.subarray(0, block.length - open);
  return bytes.length === 0 ? null : { from, end: from + bytes.length, text: bytes.toString('utf8') };
}
