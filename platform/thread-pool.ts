/**
 * Threads that all run one script and answer one message per task. They are started when there is work for them and
 * stay: a thread that has worked for a while is twice as fast as a new one. Idle ones keep no process alive.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Nearly every string lives for one record: with room for them, few are ever moved. */
const LIMITS = { maxYoungGenerationSizeMb: 64 };

/** What the script is sent, and what it answers; `task` tells answers apart. */
export type ThreadTask<Task> = { readonly task: number; readonly content: Task };
export type ThreadAnswer<Answer> = { readonly task: number } & (
  { readonly answer: Answer } | { readonly error: Error }
);

type Waiting<Answer> = {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
};

/** A task for one thread, and the memory that moves to it. */
export type Sending<Task> = { readonly content: Task; readonly moved: readonly ArrayBuffer[] };

class PooledThread<Task, Answer> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  /** What the thread was told before, by names of the caller's. */
  readonly #told = new Set<string>();
  #tasks = 0;
  isDead = false;

  constructor(script: string) {
    this.#worker = new Worker(script, { resourceLimits: LIMITS });
    this.#worker.unref();
    this.#worker.on('message', (message: ThreadAnswer<Answer>) => {
      const waiting = this.#waiting.get(message.task);
      this.#waiting.delete(message.task);
      if ('error' in message) waiting?.reject(message.error);
      else waiting?.resolve(message.answer);
      if (this.#waiting.size === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error: Error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(new Error(`A thread has ended: ${script}`)));
  }

  get load(): number {
    return this.#waiting.size;
  }

  run(prepare: (told: Set<string>) => Sending<Task>): Promise<Answer> {
    const task = (this.#tasks += 1);
    return new Promise((resolve, reject) => {
      const { content, moved } = prepare(this.#told);
      this.#worker.postMessage({ task, content } satisfies ThreadTask<Task>, moved);
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

export class ThreadPool<Task, Answer> {
  readonly #script: string;
  readonly #maxThreads: number;
  #threads: PooledThread<Task, Answer>[] = [];

  /**
   * @param script absolute path of what the threads run
   * @param maxThreads no more than the machine has cores, whatever is asked for
   */
  constructor(script: string, maxThreads: number) {
    this.#script = script;
    this.#maxThreads = Math.min(maxThreads, availableParallelism());
  }

  /**
   * Gives a task to the thread that has least to do.
   * @param prepare makes what is sent; it is shown what that thread was told before, and may add to it
   * @throws Error when the thread dies; it is replaced
   */
  run(prepare: (told: Set<string>) => Sending<Task>): Promise<Answer> {
    this.#threads = this.#threads.filter(({ isDead }) => !isDead);
    const idle = this.#threads.find(({ load }) => load === 0);
    if (!idle && this.#threads.length < this.#maxThreads)
      this.#threads.push(new PooledThread<Task, Answer>(this.#script));
    const chosen = idle ?? this.#threads.reduce((least, other) => (other.load < least.load ? other : least));
    return chosen.run(prepare);
  }
}

/** The memory of a block that can be moved: small buffers share theirs with others and are copied. */
export const movable = (bytes: Uint8Array<ArrayBuffer> | null): readonly ArrayBuffer[] =>
  bytes && bytes.length > Buffer.poolSize ? [bytes.buffer] : [];
