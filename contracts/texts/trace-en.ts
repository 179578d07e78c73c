/** The words of a trace, in English. trace-ko.ts follows. */

export const TRACE_EN = {
  titles: {
    swap: (name: string) => `swap ${name}`,
    portfolio: (name: string) => `portfolio ${name}`,
    file: (name: string) => `received file ${name}`,
    record: (name: string) => `record ${name}`,
    message: (name: string) => `message ${name}`,
    'outbox-file': (name: string) => `file to be sent ${name}`,
  },
  labels: {
    input: 'input',
    verdict: 'verdict',
    corrects: 'corrects',
    event: 'event',
    outcome: 'outcome',
    message: 'message',
    line: 'report line',
    delivery: 'delivery',
    answer: 'answer',
  },
  fileInput: (name: string, line: string, bytes: string, from: string, until: string) =>
    `${name}, line ${line}, ${bytes} bytes (${from}–${until})`,
  feedInput: (feed: string, session: string, sequence: string, received: string) =>
    `feed ${feed}, session ${session}, sequence ${sequence}, received ${received}`,
  removed: 'the input was taken out',
  notKept: 'bytes that are not kept',
  cut: (shown: string, bytes: string) => `the first ${shown} of ${bytes} bytes`,
  verdicts: { accepted: 'accepted', rejected: 'rejected' },
  noVerdict: 'none',
  noEvent: 'no event in the ledger',
  event: (what: string, kind: string, key: string, happened: string, reported: string) =>
    `${what} of ${kind} ${key}; happened ${happened}, reported ${reported}`,
  notSaid: 'not said',
  outcome: (outcome: string, at: string, revision: number) =>
    revision === 1
      ? `${outcome}, ${at}`
      : `${outcome}, ${at} (judgement ${revision}: a later event changed it)`,
  noMessage: 'none has been cut for it',
  message: (id: string, action: string, part: number, when: string, state: string) =>
    `${id}  ${action}, part ${part}, ${when}: ${state}`,
  ofDay: (date: string, version: number) => `day ${date} version ${version}`,
  atOnce: 'at once',
  traced: '← this one',
  heldBy: (id: string) => `held: ${id} was refused`,
  resubmits: (id: string) => `takes the place of ${id}`,
  resubmittedBy: (id: string) => `${id} has taken its place`,
  correctsMessage: (id: string) => `corrects ${id}`,
  due: (at: string, obligation: string) => `due ${at} (${obligation})`,
  line: (file: string, line: string) => `${file}, line ${line}`,
  fileGone: (file: string) => `${file}, which is not on the disk any more`,
  noLine: 'in no file',
  delivery: (target: string, state: string, next: string) => `to ${target}: ${state}, next record ${next}`,
  fileVerdict: (verdict: string) => `file ${verdict}`,
  noDelivery: 'none',
  answer: (kind: string, verdict: string, target: string, at: string) =>
    `${kind} ${verdict}, ${target}, ${at}`,
  answerKinds: {
    receipt: 'session receipt:',
    file: 'file verdict:',
    record: 'record verdict:',
    unreadable: 'unreadable answer',
  },
  effects: {
    applied: '',
    repeated: 'said before',
    contradicts: 'contradicts an earlier answer, which stands',
    unknown: 'nobody here knows what it is about',
  },
  noAnswer: 'none yet',
  answersLeftOut: (count: string) => `… and ${count} more answers.`,
  leftOut: (count: string, total: string) => `… ${count} of ${total} records left out; see them with --all.`,
};

export type TraceTexts = typeof TRACE_EN;
