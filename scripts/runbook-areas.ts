/**
 * What stands in the runbook of errors beside the words of the errors themselves: per area what Tain does by itself and how
 * one sees that it is over, and per code where that says too little. A code of a new area is a type error here.
 */
import type { ErrorCode } from '../contracts/errors.ts';

/** "feed" of "feed.silent". */
type Family = ErrorCode extends infer Code ? (Code extends `${infer Head}.${string}` ? Head : Code) : never;

export type RunbookArea = 'files' | 'feeds' | 'days' | 'delivery' | 'desk' | 'training' | 'api' | 'backup';

export const AREA_OF_FAMILY: Readonly<Record<Family, RunbookArea>> = {
  file: 'files',
  ingest: 'files',
  storage: 'files',
  input: 'files',
  register: 'files',
  table: 'files',
  rule: 'files',
  preview: 'files',
  feed: 'feeds',
  feeds: 'feeds',
  day: 'days',
  'day-file': 'days',
  outbound: 'delivery',
  outbox: 'delivery',
  delivery: 'delivery',
  message: 'delivery',
  report: 'desk',
  swap: 'desk',
  events: 'desk',
  trace: 'desk',
  exception: 'desk',
  obligations: 'desk',
  reconcile: 'desk',
  verification: 'desk',
  priority: 'training',
  job: 'training',
  gpu: 'training',
  'gpu-file': 'training',
  'kubernetes-file': 'training',
  request: 'api',
  auth: 'api',
  service: 'api',
  internal: 'api',
  backup: 'backup',
  restore: 'backup',
};

export type AreaWords = {
  readonly title: string;
  /** What all of them have in common. */
  readonly intro: string;
  /** What Tain does about one that may go away, and about one that may not. */
  readonly retried: string;
  readonly final: string;
  readonly over: string;
};

export const AREAS: Readonly<Record<RunbookArea, AreaWords>> = {
  files: {
    title: 'Files and registers',
    intro:
      'A file that has a problem is `refused`, or `held` where something beside it can be mended; other files go on. ' +
      '`tain status` lists the newest files, `tain rejections FILE` what is wrong with records.',
    retried: 'The attempt is made again with growing pauses, from the last checkpoint.',
    final:
      'Nothing more: the file rests as it is, and no record of it is used. Nothing that came is thrown away.',
    over: '`tain status` shows the file `published`, and `tain verify FILE` proves it.',
  },
  feeds: {
    title: 'Feeds',
    intro:
      'What a feed is doing stands in `tain feed NAME`, with lag and gaps. Messages that were committed are never read ' +
      'again, and none is skipped: the reader goes on behind the last that is in the journal.',
    retried: 'It is tried again after some seconds, for as long as it takes.',
    final: 'The feed rests and says why; all others go on. What the sender keeps is not lost meanwhile.',
    over: '`tain feed NAME` shows `connected` and a lag near zero; `tain verify --feed NAME` accounts for every number.',
  },
  days: {
    title: 'CFTC days',
    intro:
      '`tain day status DATE` says where a day stands and what it waits for. A day goes on from what Postgres says, so ' +
      'ending its workflow or its worker loses nothing.',
    retried: 'The step is tried again; a day whose files are written looks again once a minute.',
    final: 'The day rests with the reason noted, and `exception-watch` tells `TAIN_ALERT_URL`.',
    over: '`tain day status DATE` shows the next state without a problem, in the end `closed` or `nil`.',
  },
  delivery: {
    title: 'Delivery and messages',
    intro:
      '`tain deliveries` lists what leaves and what came back, `tain message show ID` one message. What was sent stays ' +
      'sent: a message that is sent again has its old id, and the repository applies each id once.',
    retried: 'It is tried again with growing pauses, from the last record that is known to have come.',
    final: 'The delivery rests, and so do those behind it; the days behind it wait.',
    over: '`tain deliveries` shows it `answered`, and the sums of `tain day status DATE` hold.',
  },
  desk: {
    title: 'Reports, traces and the desk',
    intro: 'Answers to somebody who asked: nothing of Tain stands still because of them.',
    retried: 'Nothing has to be mended: the same question is answered when what it needs is there again.',
    final: 'Nothing: the question cannot be answered as it was asked.',
    over: 'The same command or request is answered.',
  },
  training: {
    title: 'GPU training',
    intro:
      'A fault of a machine is no failure of a job: it goes back into the queue with its credit. `tain gpu show JOB` has its ' +
      'timeline, `tain gpu why JOB` why it waits. Realtime is never held up by any of these.',
    retried: 'It is tried again; the job keeps its place, and its checkpoint where it has one.',
    final:
      'Nothing more: what was asked for is refused, or the job has failed with this reason in its timeline.',
    over: '`tain gpu show JOB` shows the next state; `tain gpu node` shows the nodes as they are wanted.',
  },
  api: {
    title: 'API and services',
    intro:
      'Answers of the API as problem+json, with the id of the request, which the log has too. ' +
      '`GET /readyz` says which service is missing.',
    retried:
      'Nothing was changed by the request; what the API itself lacks it asks for again at every request.',
    final: 'Nothing: the request is refused and nothing of it is kept.',
    over: '`GET /readyz` answers 200, and the same request is answered.',
  },
  backup: {
    title: 'Backup and restore',
    intro:
      '[Backup and restore](restore.md) has the steps in their order. A backup that was not finished is never taken for ' +
      'one, and a restore that fails leaves database and data directory as empty as they were.',
    retried: 'Nothing: run the command again, it begins anew.',
    final: 'Nothing was changed.',
    over: 'The command ends with exit code 0; behind a restore `tain verify DATE` of a past day holds.',
  },
};

export type CodeSteps = {
  /** In place of the area's sentence. */
  readonly itself?: string;
  /** Behind the help of the error, one by one. */
  readonly steps?: readonly string[];
  readonly over?: string;
};

/** Where the words of the error and of its area are not enough for whoever is called at night. */
export const CODE_STEPS: { readonly [Code in ErrorCode]?: CodeSteps } = {
  'file.counts-disagree': {
    itself: 'The file is not published; no day takes anything of it.',
    steps: [
      'Make a backup first: `tain backup --to FOLDER`.',
      'Compare: `tain verify FILE --json` names the records that are missing or differ.',
      'Do not remove the file: with it and the backup the fault can be found.',
    ],
    over: 'The version that mends it publishes the file when its folder holds it again.',
  },
  'file.ledger-disagrees': {
    itself: 'The file stays published, and what is in the ledger stays.',
    steps: [
      'Make a backup first: `tain backup --to FOLDER`.',
      '`tain verify FILE` says which events are missing; `tain trace ID` shows one of them from its bytes on.',
    ],
  },
  'storage.full': {
    steps: [
      '`df -h` on the disk of `TAIN_DATA_DIR` and of PostgreSQL. Old folders `yyyymmdd/rec` may be moved away when ' +
        '`tain verify DATE` proves them from the stored slices.',
      'Never remove `send/` of a day that is not closed.',
    ],
    over: 'The sender sends again and is answered 202.',
  },
  'register.unknown': {
    steps: [
      'Restore the last backup into an empty database beside this one (`tain restore` with another `DATABASE_URL`).',
      'Copy the rows of that version of `register_set` and `register_part` over from there.',
    ],
    over: '`tain verify FILE` of a file of that version holds.',
  },
  'feed.session-restarted': {
    itself: 'The feed rests: two messages of one number must not become one.',
    steps: [
      'Ask the sender for a session of another name, and what of the old one was not received.',
      'Enter the new session, then `tain feed resume NAME --reason …`.',
      'Have what is missing sent as a file.',
    ],
  },
  'feed.gap-lost': {
    steps: [
      '`tain feed NAME` has the numbers. What comes as a file closes no gap of the feed, but the day has it.',
    ],
    over: 'The events are in the ledger (`tain trace ID`); the gap stays on record as lost.',
  },
  'feed.batch-slow': {
    steps: [
      "In PostgreSQL: `select pid, wait_event_type, wait_event, query from pg_stat_activity where application_name like 'tain%'`.",
      '`tain priority` says whether background work is held back, and by what.',
    ],
  },
  'day.unattended': {
    itself: 'The opener takes up days whose workflow is gone, at the cut time and once an hour.',
  },
  'day.file-lost': {
    steps: [
      'Look for the file in the backups: `data/<yyyymmdd>/send/NAME` there, its hash in `manifest.json`.',
      'Put it back under its name; its hash must be the one that the day names.',
    ],
    over: '`GET /v1/days/DATE/files/NAME` serves it.',
  },
  'day.clock-behind': {
    steps: [
      '`timedatectl` or `chronyc tracking` on the machine of the batch worker and on that of PostgreSQL.',
    ],
  },
  'job.image-unchecked': {
    itself: 'The run is started all the same, and its timeline says so.',
    over: 'The newest `starting` in the timeline of a job has a digest and no reason.',
  },
  'outbound.answers-lost': {
    steps: [
      'List what has no answer: `tain deliveries`, then `tain exceptions --kind message-unanswered`.',
      'Ask the repository for the verdict of each id; `tain message acknowledge ID` or `tain message give-up ID`, with ' +
        'what it said as the reason.',
    ],
  },
  'outbox.changed': {
    steps: ['Find out who wrote into `send/` before you try again: nobody but Tain should be able to.'],
  },
  'delivery.id-taken': {
    steps: [
      'Make a backup, and report the two files with both dates: two different files should have different ids.',
    ],
  },
  'job.unkillable': {
    steps: [
      'Drain the node (`tain gpu node drain NODE --reason …`) so that nothing new is placed there.',
      '`cat /proc/PID/stack` and `dmesg` say what the process waits for; restart the node when it does not come back.',
    ],
    over: 'The job leaves `cleaning`, its cards are free in `tain gpu capacity`; then `tain gpu node resume NODE`.',
  },
  'job.disk-full': {
    steps: ['`du -sh <state>/gpu/*`: results that were fetched may go.'],
  },
  'gpu.store-down': {
    itself: 'The job waits and is looked at again; its run goes on and loses nothing.',
  },
  'service.unavailable': {
    steps: [
      '`tain status` names it. Embedded: `tain down`, then `npm start`; the logs are in `<state>/logs`.',
      'External: look at `DATABASE_URL` or `TEMPORAL_ADDRESS` from this machine.',
    ],
  },
  'service.overloaded': {
    steps: ['`GET /metrics`: tain_nodejs_eventloop_lag_p99_seconds, and which route takes its time.'],
  },
  internal: {
    steps: [
      'Find the id of the request in `<state>/logs/api.log`, or the workflow in the UI of Temporal.',
      'A worker that throws it tries again: what it did is in the database or was rolled back.',
    ],
  },
  'backup.unwritable': {
    itself: 'What was written so far is removed; database and data directory are as they were.',
  },
  'backup.damaged': {
    steps: [
      'Compare the copy with its origin: the message names the file, and `manifest.json` its SHA-256.',
      'Where no copy is whole, restore the backup before it: what came since is read again from the inbox and from feeds ' +
        'that keep it.',
    ],
  },
  'restore.database-taken': {
    steps: [
      'Make sure that it is the database that you mean to write to, and that nobody needs what is there.',
      'Embedded: `tain down`, move `TAIN_STATE_DIR` away (keep `jwt-secret`, or all tokens end). External: create another database.',
    ],
  },
};
