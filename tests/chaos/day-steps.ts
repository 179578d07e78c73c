/** The steps of a day as its worker notes them: which of them are under way, and how long they take. */
import { readFileSync } from 'node:fs';

/** A line of the file. */
export type StepNote = {
  readonly pid: number;
  /** Tells the steps of a process apart. */
  readonly id: number;
  /** Of the activity. */
  readonly name: string;
  readonly what: 'begun' | 'done' | 'failed';
  /** Milliseconds since 1970. */
  readonly at: number;
};

/** Steps that are killed, in the order in which a day comes to them; a delivery has those of one place at once. */
export const STEPS = {
  cutDay: 0,
  cutMessages: 1,
  writeFiles: 2,
  startDeliveries: 3,
  deliverFile: 4,
  awaitAnswers: 4,
} as const;
export type Step = keyof typeof STEPS;

const isStep = (name: string): name is Step => name in STEPS;

export type StepLog = ReturnType<typeof followSteps>;

/** Follows a file that a worker, and those that take its place, append to. It need not be there yet. */
export function followSteps(file: string) {
  let seen = 0;
  /** Notes of steps that nobody has ended, by process and number. */
  const open = new Map<string, StepNote & { readonly name: Step }>();
  const durations: Partial<Record<Step, number>> = {};
  let moved = 0;
  let reached = -1;
  const keyOf = ({ pid, id }: StepNote): string => `${pid} ${id}`;

  const read = (): void => {
    const text = readText(file).slice(seen);
    const lines = text.slice(0, text.lastIndexOf('\n') + 1);
    seen += lines.length;
    for (const line of lines.split('\n').filter((one) => one !== '')) {
      const note = JSON.parse(line) as StepNote;
      const { name, what, at } = note;
      if (what !== 'failed') moved += 1;
      if (!isStep(name)) continue;
      if (what === 'begun') {
        open.set(keyOf(note), { ...note, name });
        reached = Math.max(reached, STEPS[name]);
        continue;
      }
      const begun = open.get(keyOf(note));
      open.delete(keyOf(note));
      if (begun) durations[name] = Math.max(durations[name] ?? 0, at - begun.at);
    }
  };

  return {
    /** A step of that name that a process is doing. */
    find(name: Step, pid: number): StepNote | undefined {
      read();
      return [...open.values()].find((one) => one.name === name && one.pid === pid);
    },
    isOpen(step: StepNote): boolean {
      read();
      return open.has(keyOf(step));
    },
    /** Has the day come behind that step? */
    isPast(name: Step): boolean {
      read();
      return reached > STEPS[name];
    },
    /** Steps that were begun, and that came to a good end. */
    moved(): number {
      read();
      return moved;
    },
    /** The longest of each, in milliseconds. */
    durations(): Readonly<Partial<Record<Step, number>>> {
      read();
      return durations;
    },
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
