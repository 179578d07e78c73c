/** What is owed and what is in the way, in Korean. */
import type { ObligationTexts } from './obligations-en.ts';

export const OBLIGATIONS_KO: ObligationTexts = {
  kinds: {
    message: '메시지',
    valuation: '평가',
    collateral: '증거금',
    verification: '미결제 스왑 검증',
  },
  states: { met: '완료', due: '예정', nearing: '임박', missed: '기한 초과', unknown: '알 수 없음' },
  blockers: {
    refused: '저장소가 거부함',
    held: '거부된 메시지를 기다림',
    'not-sent': '아직 보내지 않음',
    unanswered: '보냈으나 응답 없음',
    'not-reported': '보고되지 않음',
    'never-verified': '기록된 검증이 없음(tain reconcile --record)',
    'pending-swap': '스왑의 시작이 없음',
    'missing-input': '영업일의 입력이 없음',
  },
  columns: {
    due: '기한',
    state: '상태',
    entity: '법인',
    what: '내용',
    open: '남은 건수',
    blocking: '막고 있는 것',
  },
  notOurs: '(당사 아님)',
  part: (part) => `파트 ${part}`,
  nothing: (from, to) => `${from}부터 ${to}까지 기한인 것이 없습니다.`,
  notCut: '아직 만들어지지 않은 메시지를 막고 있는 것:',
  noDue: '알 수 없음',
};
