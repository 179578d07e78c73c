/** The words for errors of the desk, in Korean. Spread into those of all errors. */
import type { DeskErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const KOREAN_DESK_ERRORS: Readonly<Record<DeskErrorCode, ErrorWords>> = {
  'reconcile.not-submission': {
    title: '제출 형식의 보고서가 아닙니다',
    help: '저장소에 미결제 스왑 보고서를 항목별 열이 있는 CSV로 요청하십시오. UTI(#103)와 동작 유형(#26)이 있어야 합니다.',
    detail: (param) => `${param('file')} 파일은 공개 배포 데이터로, 스왑을 식별하지 않습니다.`,
  },
  'reconcile.entity-unknown': {
    title: '당사 법인이 아닙니다',
    help: 'LEI를 확인하거나 TAIN_TABLE_DIR 폴더의 entities.csv에 법인을 추가하십시오(docs/tables.md).',
    detail: (param) => `${param('date')} 기준 당사 법인이 아닙니다: ${quote(param('entity'))}.`,
  },
  'reconcile.not-read': {
    title: '끝까지 읽지 못한 보고서로는 검증을 기록할 수 없습니다',
    help: '위에 표시된 줄을 고치거나 저장소에 보고서를 다시 요청한 뒤 --record로 다시 대사하십시오.',
    detail: (param) =>
      `${param('file')}에서 ${param('lines')}개 줄을 읽지 못했습니다(첫 줄: ${param('line')}). 기록하지 않았습니다.`,
  },
  'trace.not-found': {
    title: '해당하는 항목이 없습니다',
    help:
      'UTI, USI 또는 포트폴리오 키 전체(GET /v1/swaps), 수신 파일의 ID(GET /v1/files), ' +
      '45- 또는 43-으로 시작하는 메시지 ID, send/ 파일의 이름 중 하나를 지정하십시오.',
    detail: (param) => `이 이름의 스왑, 포트폴리오, 파일, 메시지가 없습니다: ${quote(param('id'))}.`,
  },
  'exception.not-found': {
    title: '해당하는 예외가 없습니다',
    help: '이미 해결되었을 수 있습니다. 조치가 필요한 항목은 GET /v1/exceptions에서 확인하십시오.',
    detail: (param) => `조치가 필요한 항목 중 이 키가 없습니다: ${quote(param('key'))}.`,
  },
  'exception.persists': {
    title: '원인이 아직 남아 있습니다',
    help: '예외에 적힌 대로 원인을 제거하면 저절로 사라집니다. 그 전에는 메모를 남길 수 있습니다.',
    detail: (param) => `해결로 표시할 수 없습니다: ${quote(param('key'))}. 남은 건수: ${param('count')}.`,
  },
  'exception.taken': {
    title: '다른 사람이 맡고 있습니다',
    help: '담당자와 상의하거나 "force": true로 넘겨받으십시오.',
    detail: (param) => `${quote(param('key'))} 담당자: ${quote(param('owner'))}.`,
  },
  'obligations.range': {
    title: '답할 수 없는 기간입니다',
    help: 'from과 to를 2026-11-21과 같은 날짜로 지정하십시오. to는 from보다 앞설 수 없으며 최대 92일입니다.',
    detail: (param) => `${param('from')}부터 ${param('to')}까지 ${param('days')}일입니다.`,
  },
};
