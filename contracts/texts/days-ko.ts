/** What keeps a day from going on, in Korean. */
import type { DayTexts } from './days-en.ts';

export const DAYS_KO: DayTexts = {
  blocks: {
    'input-waiting': (param) =>
      `${param('name')} 입력(${param('expected')})이 도착하지 않았습니다. 기한은 ${param('due')}입니다.`,
    'input-waiting-without-end': (param) =>
      `${param('name')} 입력(${param('expected')})이 도착하지 않았습니다. 면제할 때까지 기다립니다.`,
    'day-before': (param) => `${param('date')} 영업일을 먼저 마감해야 합니다.`,
    'file-applying': (param) => `${param('name')} 파일을 원장에 반영하고 있습니다.`,
    'not-sent': () => '전송 대상이 설정되지 않았습니다. 파일만 기록하고 전송하지 않습니다.',
    decision: () => '영업일을 다시 열거나 닫는 결정이 필요합니다.',
    held: (param) => `메시지 ${param('messages')}건이 같은 스왑의 거부된 메시지를 기다립니다.`,
    unsent: (param) => `메시지 ${param('messages')}건이 아직 전송되지 않았습니다.`,
    unanswered: (param) => `메시지 ${param('messages')}건이 아직 응답을 받지 못했습니다.`,
  },
};
