/** What is held and why, in English. priority-ko.ts follows. */
import type { HoldLevel, HoldReason, PriorityAlarmCode } from '../priority.ts';
import type { Param } from './shape.ts';

export type PriorityTexts = {
  /** What a level does. */
  readonly levels: Readonly<Record<HoldLevel, string>>;
  readonly reasons: Readonly<Record<HoldReason, (param: Param) => string>>;
  /** What is the matter, and what a person does. */
  readonly alarms: Readonly<Record<PriorityAlarmCode, (param: Param) => string>>;
};

export const PRIORITY_EN: PriorityTexts = {
  levels: {
    none: 'Nothing is held.',
    hold: 'No training starts; background work is paced as shown.',
    freeze: 'Running training is frozen, none starts; background work is paced as shown.',
    preempt:
      'Running training is preempted with a checkpoint, none starts; background work is paced as shown.',
  },
  reasons: {
    'feed-lag': (param) =>
      `Feed ${param('feed')} lags ${param('ms')} ms behind, more than ${param('limit')} ms.`,
    'feed-messages': (param) =>
      `Of feed ${param('feed')} ${param('messages')} messages wait, more than ${param('limit')}.`,
    'feed-blind': (param) =>
      `Nothing has been heard of feed ${param('feed')} for ${param('seconds')} s; whether it lags is not known.`,
    'memory-pressure': (param) =>
      `The machine spends ${param('percent')} % of its time waiting for memory, more than ${param('limit')} %.`,
    'batch-backlog': (param) =>
      `A file has waited for ${param('minutes')} minutes, more than ${param('limit')}; training leaves it the cores.`,
    override: (param) => `${param('by')} holds it: ${param('why')}`,
    'outside-window': () => 'The window of background work (TAIN_BACKGROUND_WINDOW) is shut.',
  },
  alarms: {
    'feed-blind': (param) =>
      `Nothing has been heard of feed ${param('feed')} for ${param('seconds')} s; look whether the realtime worker runs.`,
    'backlog-old': (param) =>
      `The oldest file has waited for ${param('minutes')} minutes; look at it with tain status.`,
    'due-exempt': (param) =>
      `Something is due within ${param('minutes')} minutes: batch is not paced although realtime needs it; watch the lag.`,
    'released-under-load': (param) =>
      `${param('by')} released what the governor would hold (${param('level')}); end the override if realtime suffers.`,
    'holidays-unknown': () =>
      'The window depends on holidays of a year that is not known here; such days count as working days.',
    'training-unreachable': (param) =>
      `Training could not be held or released (${param('reason')}); it is tried again every second. Check Temporal.`,
    'governor-blind': (param) =>
      `The governor has not looked for ${param('seconds')} s; batch keeps a safe pace. Look whether the realtime worker runs.`,
    'governor-never': () => 'The governor has never looked: nothing is held. Start the realtime worker.',
  },
};
