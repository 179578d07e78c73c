/** The words for errors of reports, in Korean. */
import type { ReportErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const KOREAN_REPORT_ERRORS: Readonly<Record<ReportErrorCode, ErrorWords>> = {
  'report.not-found': {
    title: '해당 보고서가 없습니다',
    help: '본인의 보고서 목록은 GET /v1/reports로 조회하십시오. 다른 사용자의 보고서는 볼 수 없습니다.',
    detail: (param) => `조회할 수 있는 보고서 중 ${quote(param('report'))} 보고서가 없습니다.`,
  },
  'report.kind-forbidden': {
    title: '이 역할은 해당 종류의 보고서를 받을 수 없습니다',
    help: '권한이 있는 사용자에게 요청하거나 다른 종류의 보고서를 요청하십시오.',
    detail: (param) =>
      `${param('role')} 역할은 ${quote(param('kind'))} 보고서를 받을 수 없습니다. 가능한 역할: ${param('roles')}.`,
  },
  'report.day-not-cut': {
    title: '해당 일자에 알려져 있던 내용을 알 수 없습니다',
    help: '현재 알려진 모든 내용을 원하면 knownAt을 빼고, 아니면 마감된 영업일을 입력하십시오.',
    detail: (param) => `knownAt: ${param('day')} 일자는 아직 마감되지 않았습니다.`,
  },
  'report.not-ready': {
    title: '보고서 파일이 없습니다',
    help: '보고서의 상태를 확인하십시오. 실패, 취소 또는 만료된 보고서는 다시 요청할 수 있습니다.',
    detail: (param) => `${param('report')} 보고서의 상태는 ${param('state')}입니다.`,
  },
  'report.file-lost': {
    title: '보고서 파일이 없거나 변경되었습니다',
    help: '보고서를 삭제하고 다시 요청하십시오.',
    detail: (param) => `${param('path')} 파일이 작성된 파일과 다릅니다.`,
  },
  'report.range-unsatisfiable': {
    title: '보고서에 해당 바이트 범위가 없습니다',
    help: '파일 크기 이내의 범위를 요청하거나 전체를 요청하십시오.',
    detail: (param) => `파일 크기는 ${param('size')}바이트이며, 요청한 범위: ${quote(param('range'))}.`,
  },
  'report.superseded': {
    title: '다른 시도가 보고서를 작성하고 있습니다',
    help: '조치할 필요가 없습니다. 가장 최근의 시도가 계속합니다.',
    detail: (param) =>
      `${param('report')} 보고서는 더 새로운 시도가 작성하고 있거나 더 이상 작성되지 않습니다.`,
  },
  'report.unattended': {
    title: '보고서를 맡을 작업자가 없습니다',
    help: '온디맨드 작업자와 Temporal이 실행 중인지 tain status로 확인한 뒤 다시 요청하십시오. 같은 요청은 같은 보고서로 이어집니다.',
    detail: (param) => `${param('seconds')}초 안에 보고서를 맡은 작업자가 없습니다.`,
  },
};
