/** The words for errors of CFTC days, in Korean. Spread into those of all errors. */
import type { DayErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const KOREAN_DAY_ERRORS: Readonly<Record<DayErrorCode, ErrorWords>> = {
  'day.not-found': {
    title: '해당 영업일이 없습니다',
    help: 'tain day status 명령으로 영업일을 확인하고, tain day run DATE 명령으로 여십시오.',
    detail: (param) => `${param('date')} 영업일은 열린 적이 없습니다.`,
  },
  'day.not-business-day': {
    title: '영업일이 아닌 날짜입니다',
    help: '다음 영업일을 사용하거나, 그래도 실행하는 사유를 --reason으로 적으십시오.',
    detail: (param) => `${param('date')} 날짜는 ${param('calendar')} 달력의 영업일이 아닙니다.`,
  },
  'day.ahead': {
    title: '아직 오지 않은 날짜입니다',
    help: '그 날짜가 될 때까지 기다리십시오. 마감 시각이 되면 자동으로 열립니다.',
    detail: (param) =>
      `${param('zone')} 기준 오늘은 ${param('today')}이며 ${param('date')} 날짜보다 이릅니다.`,
  },
  'day.behind': {
    title: '더 늦은 영업일이 이미 마감되었습니다',
    help: '이 날짜에 속하는 내용은 다음에 마감되는 영업일에 포함됩니다. 누락되는 것은 없습니다.',
    detail: (param) =>
      `${param('newest')} 영업일이 마감되어 있어 ${param('date')} 날짜가 그 이후에 들어온 내용을 가져가게 됩니다.`,
  },
  'day.not-reporter': {
    title: '저장소는 영업일을 마감하지 않습니다',
    help: '보고서를 보내는 곳에서는 TAIN_ROLE을 reporter로 설정하십시오.',
    detail: (param) => `${param('date')} 영업일을 실행하지 않습니다. TAIN_ROLE이 repository입니다.`,
  },
  'day.input-unknown': {
    title: '영업일이 기다리는 입력이 아닙니다',
    help: 'tain day status DATE 명령으로 입력의 이름을 확인하십시오.',
    detail: (param) => `${param('date')} 영업일에는 ${quote(param('name'))} 입력이 없습니다.`,
  },
  'day.input-settled': {
    title: '더 이상 기다리지 않는 입력입니다',
    help: '도착했거나 면제된 입력은 그대로 유지됩니다. 별도로 조치하지 마십시오.',
    detail: (param) =>
      `${param('date')} 영업일: ${quote(param('name'))} 입력의 상태는 ${param('state')}입니다.`,
  },
  'day.not-closable': {
    title: '지금은 영업일을 닫을 수 없습니다',
    help: 'tain day status DATE 명령으로 무엇을 기다리는지 확인하십시오.',
    detail: (param) => `${param('date')} 영업일의 상태는 ${param('state')}입니다.`,
  },
  'day.not-reopenable': {
    title: '지금은 영업일을 다시 열 수 없습니다',
    help: 'tain day status DATE 명령으로 상태를 확인하십시오. 열려 있거나 처리 중인 영업일은 다시 열 필요가 없습니다.',
    detail: (param) => `${param('date')} 영업일의 상태는 ${param('state')}입니다.`,
  },
  'day.sent-already': {
    title: '이미 전송된 영업일은 다시 열 수 없습니다',
    help: '전송된 것은 그대로 둡니다. 정정은 발견한 날의 메시지로 보고하십시오.',
    detail: (param) => `${param('date')} 영업일의 메시지 ${param('messages')}건이 이미 전송되었습니다.`,
  },
  'day.unattended': {
    title: '영업일을 처리하는 곳이 없습니다',
    help:
      'tain status 명령으로 Temporal과 batch 워커의 실행 여부를 확인하십시오. 응답하지 않은 요청도 나중에 처리될 수 ' +
      '있으므로 다시 요청하기 전에 영업일의 상태를 확인하십시오.',
    detail: (param) => `${param('date')} 영업일: 워크플로가 ${param('seconds')}초 안에 응답하지 않았습니다.`,
  },
  'day.later-made': {
    title: '이후 영업일의 메시지가 이 영업일에 이어집니다',
    help: '이후 영업일을 먼저 다시 여십시오(tain day reopen). 이미 전송되었다면 고칠 내용을 정정으로 보고하십시오.',
    detail: (param) => `${param('date')} 영업일: ${param('later')} 영업일의 메시지가 뒤에 이어집니다.`,
  },
  'day.unreported': {
    title: '보고되지 않을 이벤트가 남아 있습니다',
    help: 'tain day status DATE 명령으로 막힌 원인을 확인하여 고친 뒤 tain day reopen 명령으로 다시 여십시오.',
    detail: (param) => `${param('date')} 영업일: 메시지가 모두 만들어지지 않았거나 아직 파일에 없습니다.`,
  },
  'day.superseded': {
    title: '다른 곳에서 영업일을 처리하고 있습니다',
    help: 'Tain이 다른 쪽이 처리한 곳에서 이어갑니다. 별도로 조치하지 마십시오.',
    detail: (param) =>
      `${param('date')} 영업일: 버전 ${param('version')}의 진행 위치가 이 시도가 남긴 곳과 다릅니다.`,
  },
  'day.nothing-to-report': {
    title: '영업일에 보고할 것이 없습니다',
    help: 'tain day close DATE --reason 명령으로 닫거나, 입력이 도착하면 다시 여십시오.',
    detail: (param) => `${param('date')} 영업일에는 도착한 것도, 보고할 의무도 없습니다.`,
  },
  'day.valuations-owed': {
    title: '도착한 것이 없고 평가 보고 의무가 남아 있습니다',
    help: '평가를 보낸 뒤 영업일을 다시 열거나(tain day reopen) 사유를 적어 닫으십시오.',
    detail: (param) =>
      `${param('date')} 영업일에 도착한 것이 없습니다. ${quote(param('first'))} 등 미결제 스왑 ${param('owed')}건의 평가가 필요합니다.`,
  },
  'day.submitter-missing': {
    title: '메시지의 제출자를 알 수 없습니다',
    help: 'TAIN_SUBMITTER_LEI를 설정하고 batch 워커를 다시 시작한 뒤 tain day reopen 명령으로 영업일을 다시 여십시오.',
    detail: (param) => `${param('date')} 영업일: ${param('place')} 레코드에 제출자(#22)가 없습니다.`,
  },
  'day.reporting-times': {
    title: '스왑의 보고 시각을 정할 여유가 없습니다',
    help: '몇 분 뒤 tain day reopen 명령으로 영업일을 다시 여십시오.',
    detail: (param) =>
      `${param('date')} 영업일: ${quote(param('subject'))}의 메시지 ${param('messages')}건이 ` +
      `${param('last')} 메시지와 마감 사이에 들어가지 않습니다.`,
  },
  'day.clock-behind': {
    title: '시계가 마지막 마감보다 늦습니다',
    help: '장비의 시계를 맞추십시오. 시계가 직전 마감 시각을 지나면 자동으로 마감됩니다.',
    detail: (param) =>
      `${param('date')} 영업일은 ${param('earliest')} 전에는 마감할 수 없습니다. 앞선 시계로 마감된 영업일이 있습니다.`,
  },
  'day.folder-unwritable': {
    title: '영업일의 파일을 쓸 수 없습니다',
    help: '폴더의 권한과 디스크를 확인하십시오. Tain이 자동으로 다시 시도합니다.',
    detail: (param) =>
      `${param('date')} 영업일: ${param('path')}에 쓸 수 없습니다. 사유: ${param('reason')}.`,
  },
  'day.file-not-found': {
    title: '영업일에 해당 파일이 없습니다',
    help: 'GET /v1/days/DATE/files 요청으로 파일 이름을 확인하십시오.',
    detail: (param) => `${param('date')} 영업일에는 ${quote(param('name'))} 파일이 없습니다.`,
  },
  'day.file-lost': {
    title: '영업일의 파일이 기록된 것과 다릅니다',
    help: '백업에서 파일을 찾으십시오. 내용은 메시지마다 데이터베이스에 보관되어 있습니다.',
    detail: (param) =>
      `${param('date')} 영업일: ${param('path')} 파일이 없거나 변경되었습니다. 사유: ${param('reason')}.`,
  },
  'day.version-unknown': {
    title: '영업일에 그런 버전이 없습니다',
    help: '현재 버전을 쓰려면 버전을 생략하십시오.',
    detail: (param) =>
      `${param('date')} 영업일에는 버전 ${param('version')}이(가) 없습니다. 마지막 버전: ${param('last')}.`,
  },
  'day.not-written': {
    title: '영업일에 파일이 없습니다',
    help: '진행 상태를 확인하십시오: tain day status DATE. 파일이 기록된 뒤에 다시 만들어 볼 수 있습니다.',
    detail: (param) =>
      `${param('date')} 영업일 버전 ${param('version')}: 비교할 파일이 없습니다. 상태: ${param('state')}.`,
  },
  'day-file.invalid': {
    title: '영업일 설정 파일을 사용할 수 없습니다',
    help: '파일을 수정하십시오. 예시는 docs/days.md에 있습니다.',
    detail: (param) => `${param('file')} 파일의 ${param('place')} 항목: ${param('problem')}`,
  },
  'day-file.unreadable': {
    title: '영업일 설정 파일을 읽을 수 없습니다',
    help: 'TAIN_DAY_FILE과 파일의 권한을 확인하십시오.',
    detail: (param) => `${param('file')} 파일을 읽을 수 없습니다. 사유: ${param('reason')}.`,
  },
};
