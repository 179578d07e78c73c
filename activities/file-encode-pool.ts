/**
 * The threads that split, judge and encode, so that the worker's own loop stays free to talk to the database and to
 * Temporal. They are started with the first large file and stay: a thread that has judged for a while is twice as
 * fast as a new one.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Registers } from '../domain/cftc/registers.ts';
import type { EncodedFile, EncodedSegment, NumberedSegment } from './file-encode-segment.ts';
import type { ThreadAnswer, ThreadTask } from './file-encode-thread.ts';

/** One connection stores no more than two or three threads make. */
const MAX_THREADS = 3;
/** Nearly every string lives for one record: with room for them, few are ever moved. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 64 };

type Waiting = {
  readonly resolve: (encoded: EncodedSegment) => void;
  readonly reject: (error: Error) => void;
};

class EncodeThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** Versions of the registers that it has. */
  readonly #known = new Set<string>();
  #tasks = 0;
  isDead = false;

  constructor() {
    this.#worker = new Worker(path.join(import.meta.dirname, 'file-encode-thread.ts'), {
      resourceLimits: THREAD_LIMITS,
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: ThreadAnswer) => {
      const waiting = this.#waiting.get(answer.task);
      this.#waiting.delete(answer.task);
      if ('error' in answer) waiting?.reject(answer.error);
      else waiting?.resolve(answer.encoded);
      if (this.#waiting.size === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error: Error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(new Error('A thread that encodes records has ended.')));
  }

  get load(): number {
    return this.#waiting.size;
  }

  run(file: EncodedFile, segment: NumberedSegment, registers: Registers): Promise<EncodedSegment> {
    const task = (this.#tasks += 1);
    return new Promise((resolve, reject) => {
      // Small buffers lie in memory that they share with others: they are copied.
      const moved = segment.bytes && segment.bytes.length > Buffer.poolSize ? [segment.bytes.buffer] : [];
      const { version: registerVersion } = registers;
      const unknown = this.#known.has(registerVersion) ? null : registers;
      this.#known.add(registerVersion);
      const asked: ThreadTask = { task, file, segment, registerVersion, registers: unknown };
      this.#worker.postMessage(asked, moved);
      this.#waiting.set(task, { resolve, reject });
      this.#worker.ref();
    });
  }

  #die(error: Error): void {
    this.isDead = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

let threads: EncodeThread[] = [];

/**
 * Encodes a segment in the thread that has least to do. The segment's memory is the thread's from now on.
 * @throws Error when the thread dies; it is replaced
 */
export async function encodeInPool(
  file: EncodedFile,
  segment: NumberedSegment,
  registers: Registers,
): Promise<EncodedSegment> {
  threads = threads.filter(({ isDead }) => !isDead);
  const idle = threads.find(({ load }) => load === 0);
  if (!idle && threads.length < Math.min(MAX_THREADS, availableParallelism()))
    threads.push(new EncodeThread());
  const chosen = idle ?? threads.reduce((least, other) => (other.load < least.load ? other : least));
  const { rows, ...counts } = await chosen.run(file, segment, registers);
  return { ...counts, rows: Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength) };
}
