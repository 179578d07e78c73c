/** What a reconciliation found, in Korean. */
import type { ReconcileTexts } from './reconcile-en.ts';

export const RECONCILE_KO: ReconcileTexts = {
  kinds: {
    'invalid-value': '잘못된 값',
    'missing-value': '누락된 값',
    'wrong-uti': '잘못된 UTI',
    'unreported-swap': '보고되지 않은 스왑',
    'closed-should-be-open': '종료되었으나 열려 있어야 함',
    'open-should-be-closed': '열려 있으나 종료되어야 함',
    'reported-should-not-be': '보고되지 않아야 할 스왑',
    'changed-counterparty': '거래 상대방 식별자 변경',
  },
  remedies: {
    'invalid-value': '올바른 값으로 CORR을 보내십시오',
    'missing-value': '값을 넣어 CORR을 보내십시오',
    'wrong-uti': '잘못된 UTI에 EROR을, 올바른 UTI에 NEWT를 보내십시오',
    'unreported-swap': 'NEWT를 보내십시오',
    'closed-should-be-open': 'REVI를 보내십시오',
    'open-should-be-closed': 'TERM 또는 만기일을 고친 CORR을 보내십시오',
    'reported-should-not-be': 'EROR을 보내십시오',
    'changed-counterparty': '어느 식별자가 맞는지 확인하고, 당사 값이 맞으면 CORR을 보내십시오',
  },
  columns: {
    kind: '오류',
    swap: '스왑',
    line: '줄',
    element: '항목',
    ours: '당사',
    theirs: '보고서',
    count: '건수',
  },
  blank: '(빈 값)',
  more: (count) => `… 외 ${count}건(--limit으로 더 보거나 --csv로 모두 볼 수 있습니다).`,
  unreadable: (file, lines, first) =>
    `${file}: ${lines}개 줄을 읽을 수 없거나 스왑을 식별할 수 없습니다. 첫 줄: ${first}.`,
  unreadableLine: (file, line) =>
    `${file}, ${line}번째 줄: 읽을 수 없거나 스왑을 식별할 수 없습니다(#103, #102).`,
  summary: ({ file, date, reported, expected, compared, agreeing, breaks }) =>
    `${file}(${date} 기준): 보고된 스왑 ${reported}건, 있어야 할 스왑 ${expected}건, 비교 ${compared}건, ` +
    `모든 항목 일치 ${agreeing}건, 오류 ${breaks}건.`,
  recorded: (entities, date) => `기록했습니다: ${entities}의 미결제 스왑을 ${date} 기준으로 검증했습니다.`,
};
