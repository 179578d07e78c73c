/**
 * A repository in memory: judges each message by Tain's own rules on records and on their order, takes each once by its
 * id, and counts what comes again. What belongs to a swap that has not begun waits for its beginning.
 */
import { hash } from 'node:crypto';
import type { OutboundAnswer } from '../../contracts/outbound.ts';
import type { Issue } from '../../contracts/issues.ts';
import type { Registers } from '../../domain/cftc/registers.ts';
import type { FileEnd, OutgoingMessage } from '../../domain/outbound/message-packet.ts';
import type { FoldedEvent } from '../../domain/swaps/fold-swap.ts';
import { createMessageJudge } from '../../domain/swaps/judge-message.ts';
import { applyAll } from '../../domain/swaps/ledger-account.ts';
import { toSequenceIssue } from '../../domain/swaps/sequence-finding.ts';
import { readSwapEvent, type SwapEvent } from '../../domain/swaps/swap-event.ts';

export type RepositoryRequest = {
  /** Absent: the built-in ones. */
  readonly registers?: Registers;
  /** Rules of its own: what it holds against a message; none: nothing. */
  readonly refuses?: ((message: OutgoingMessage) => readonly Issue[]) | undefined;
};

/** What became of a message, and how often it came. */
export type TakenMessage = {
  readonly message: OutgoingMessage;
  readonly verdict: 'accepted' | 'refused' | 'waiting';
  readonly issues: readonly Issue[];
  readonly times: number;
};

export type Repository = {
  /** Takes a message. @returns its receipt, and the verdicts that can be given now */
  take(message: OutgoingMessage): OutboundAnswer[];
  /** The verdict on a file: have all of its records come? */
  end(end: FileEnd): OutboundAnswer;
  /** Refuses what still waits for the beginning of its swap. */
  settle(): OutboundAnswer[];
  messages(): ReadonlyMap<string, TakenMessage>;
};

const encoder = new TextEncoder();
const hashText = (text: string): string => hash('sha256', text);

export function createRepository({ registers, refuses = () => [] }: RepositoryRequest = {}): Repository {
  const taken = new Map<string, TakenMessage>();
  const files = new Map<string, Set<string>>();
  /** Events of a swap that were accepted or wait, by part and subject; their places are ids of messages. */
  const swaps = new Map<string, SwapEvent[]>();
  const judges = new Map<string, ReturnType<typeof createMessageJudge>>();
  const judgeOf = (submittedOn: string): ReturnType<typeof createMessageJudge> => {
    const judge = judges.get(submittedOn) ?? createMessageJudge({ submittedOn, registers });
    judges.set(submittedOn, judge);
    return judge;
  };

  const note = (id: string, verdict: TakenMessage['verdict'], issues: readonly Issue[]): OutboundAnswer[] => {
    taken.set(id, { ...taken.get(id)!, verdict, issues });
    return verdictOn(id, taken.get(id)!);
  };

  /** Folds the swap with the new event: what it says of events without a verdict is their verdict. */
  const fold = (event: SwapEvent, part: number): OutboundAnswer[] => {
    const subject = `${part} ${event.subject.kind} ${event.subject.key}`;
    const events = [...(swaps.get(subject) ?? []), event];
    const { outcomes } = applyAll(event.subject.kind, events);
    const answers = outcomes.flatMap((folded) => {
      const id = folded.event.place;
      return taken.get(id)!.verdict === 'waiting' ? note(id, verdictOf(folded), issuesOf(folded)) : [];
    });
    swaps.set(
      subject,
      events.filter(({ place }) => taken.get(place)!.verdict !== 'refused'),
    );
    return answers;
  };

  const judge = (message: OutgoingMessage): OutboundAnswer[] => {
    const { message: id, elements, part } = message;
    const own = refuses(message);
    if (own.length > 0) return note(id, 'refused', own);
    const submittedOn = String(elements['reportingTimestamp'] ?? '').slice(0, 10);
    const { verdict, values } = judgeOf(submittedOn)(encoder.encode(JSON.stringify(elements)));
    if (!verdict.accepted || values === null) return note(id, 'refused', verdict.issues);
    const event = readSwapEvent(values, { place: id, part, hash: hashText });
    return event === null ? note(id, 'refused', verdict.issues) : fold(event, part);
  };

  return {
    take(message) {
      const { message: id, file } = message;
      const receipt: OutboundAnswer = { kind: 'receipt', subject: id, verdict: 'received', issues: [] };
      if (file !== null) files.set(file, (files.get(file) ?? new Set()).add(id));
      const known = taken.get(id);
      if (known !== undefined) {
        taken.set(id, { ...known, times: known.times + 1 });
        return [receipt, ...verdictOn(id, known)];
      }
      taken.set(id, { message, verdict: 'waiting', issues: [], times: 1 });
      return [receipt, ...judge(message)];
    },
    end: ({ file, end }) => ({
      kind: 'file',
      subject: file,
      verdict: (files.get(file)?.size ?? 0) === end ? 'accepted' : 'refused',
      issues: [],
    }),
    settle() {
      return [...swaps.values()].flatMap((events) => {
        if (events.every(({ place }) => taken.get(place)!.verdict !== 'waiting')) return [];
        const { outcomes } = applyAll(events[0]!.subject.kind, events);
        return outcomes.flatMap((folded) => {
          const id = folded.event.place;
          return taken.get(id)!.verdict === 'waiting' ? note(id, 'refused', issuesOf(folded)) : [];
        });
      });
    },
    messages: () => taken,
  };
}

const verdictOf = ({ outcome }: FoldedEvent): TakenMessage['verdict'] =>
  outcome.kind === 'applied' ? 'accepted' : outcome.kind === 'pending' ? 'waiting' : 'refused';

const issuesOf = ({ outcome }: FoldedEvent): Issue[] => outcome.findings.map(toSequenceIssue);

const verdictOn = (id: string, { verdict, issues }: TakenMessage): OutboundAnswer[] =>
  verdict === 'waiting' ? [] : [{ kind: 'record', subject: id, verdict, issues }];
