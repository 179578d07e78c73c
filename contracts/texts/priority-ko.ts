/** What is held and why, in Korean. */
import type { PriorityTexts } from './priority-en.ts';

export const PRIORITY_KO: PriorityTexts = {
  levels: {
    none: '보류 중인 것이 없습니다.',
    hold: '학습을 시작하지 않으며, 백그라운드 작업은 표시된 속도로 제한합니다.',
    freeze: '실행 중인 학습을 멈추고 새로 시작하지 않으며, 백그라운드 작업은 표시된 속도로 제한합니다.',
    preempt:
      '실행 중인 학습을 체크포인트와 함께 회수하고 새로 시작하지 않으며, 백그라운드 작업은 표시된 속도로 제한합니다.',
  },
  reasons: {
    'feed-lag': (param) =>
      `${param('feed')} 피드가 ${param('ms')}ms 지연되어 한도 ${param('limit')}ms를 넘었습니다.`,
    'feed-messages': (param) =>
      `${param('feed')} 피드에서 메시지 ${param('messages')}건이 대기하여 한도 ${param('limit')}건을 넘었습니다.`,
    'feed-blind': (param) =>
      `${param('feed')} 피드에서 ${param('seconds')}초 동안 소식이 없어 지연 여부를 알 수 없습니다.`,
    'memory-pressure': (param) =>
      `시스템이 시간의 ${param('percent')}%를 메모리 대기에 쓰고 있어 한도 ${param('limit')}%를 넘었습니다.`,
    'batch-backlog': (param) =>
      `파일이 ${param('minutes')}분 동안 대기하여 한도 ${param('limit')}분을 넘었습니다. 학습은 코어를 파일에 양보합니다.`,
    override: (param) => `${param('by')} 운영자가 보류했습니다: ${param('why')}`,
    'outside-window': () => '백그라운드 작업 시간대(TAIN_BACKGROUND_WINDOW)가 아닙니다.',
  },
  alarms: {
    'feed-blind': (param) =>
      `${param('feed')} 피드에서 ${param('seconds')}초 동안 소식이 없습니다. 실시간 워커가 실행 중인지 확인하십시오.`,
    'backlog-old': (param) =>
      `가장 오래된 파일이 ${param('minutes')}분 동안 대기하고 있습니다. tain status로 확인하십시오.`,
    'due-exempt': (param) =>
      `${param('minutes')}분 안에 마감이 있어 실시간에 필요해도 배치를 제한하지 않습니다. 지연을 살펴보십시오.`,
    'released-under-load': (param) =>
      `${param('by')} 운영자가 거버너가 보류할 것(${param('level')})을 해제했습니다. 실시간이 느려지면 강제 조치를 종료하십시오.`,
    'holidays-unknown': () =>
      '시간대가 여기에 없는 연도의 공휴일에 따라 달라집니다. 그 날은 근무일로 봅니다. 시간대 설정을 확인하십시오.',
    'training-unreachable': (param) =>
      `학습을 보류하거나 해제하지 못했습니다(사유: ${param('reason')}). 매초 다시 시도합니다. Temporal을 확인하십시오.`,
    'governor-blind': (param) =>
      `거버너가 ${param('seconds')}초 동안 살펴보지 않아 배치는 안전한 속도를 지킵니다. 실시간 워커가 실행 중인지 확인하십시오.`,
    'governor-never': () =>
      '거버너가 아직 한 번도 살펴보지 않아 보류 중인 것이 없습니다. 실시간 워커를 시작하십시오.',
  },
};
