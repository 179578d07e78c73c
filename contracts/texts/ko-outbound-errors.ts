/** The words for errors of what leaves and of what comes back, in Korean. Spread into those of all errors. */
import type { OutboundErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const KOREAN_OUTBOUND_ERRORS: Readonly<Record<OutboundErrorCode, ErrorWords>> = {
  'outbound.invalid': {
    title: '송신 설정 파일을 사용할 수 없습니다',
    help: '파일을 고치십시오. docs/outbound.md에 예가 있습니다.',
    detail: (param) => `${param('file')} 파일에 문제가 있습니다: ${param('place')}: ${param('problem')}`,
  },
  'outbound.unreadable': {
    title: '송신 대상의 파일을 읽을 수 없습니다',
    help: 'TAIN_OUTBOUND_FILE과 그 안의 passwordFile, 두 파일의 권한을 확인하십시오.',
    detail: (param) => `${param('file')}을(를) 읽을 수 없습니다(${param('reason')}).`,
  },
  'outbound.target-unknown': {
    title: '그런 송신 대상이 없습니다',
    help: 'TAIN_OUTBOUND_FILE이 가리키는 파일에 등록한 뒤 전송을 다시 시도하십시오.',
    detail: (param) => `송신 대상 ${quote(param('target'))}이(가) ${param('file')}에 없습니다.`,
  },
  'outbound.unreachable': {
    title: '송신 대상에 연결할 수 없습니다',
    help: 'Tain이 스스로 다시 시도하고 도착이 확인되지 않은 것을 다시 보냅니다. 주소와 네트워크를 확인하십시오.',
    detail: (param) => `송신 대상 ${param('target')}(${param('address')}): ${param('reason')}에 해당합니다.`,
  },
  'outbound.stopped': {
    title: '송신 대상이 계속하기를 거부했습니다',
    help: '사용자와 비밀번호를 고치거나 세션을 저장소에 확인한 뒤 전송을 다시 시도하십시오.',
    detail: (param) => `송신 대상 ${param('target')}(${param('address')}): ${param('reason')}에 해당합니다.`,
  },
  'outbound.superseded': {
    title: '다른 시도가 이 대상으로 보내고 있습니다',
    help: '조치할 것이 없습니다. 새 시도가 도착이 확인된 다음부터 이어서 보냅니다.',
    detail: (param) =>
      `송신 대상 ${param('target')}의 세션 ${param('session')}: 이 시도(에포크 ${param('epoch')})는 더 이상 기록할 수 없습니다.`,
  },
  'outbound.answers-lost': {
    title: '송신 대상에 지난 응답이 더 이상 없습니다',
    help: '응답이 없는 메시지의 결과를 저장소에 확인하십시오. 저장소에 없는 것은 포기한 뒤 다시 제출하십시오.',
    detail: (param) =>
      `송신 대상 ${param('target')}: 세션 ${param('session')}의 응답 ${param('from')}부터 ${param('to')}까지 오지 않았습니다.`,
  },
  'outbound.unwritable': {
    title: '송신 대상의 폴더에 쓸 수 없습니다',
    help: '공간을 확보하거나 권한을 고치십시오. Tain이 스스로 다시 시도합니다.',
    detail: (param) => `송신 대상 ${param('target')}: ${param('path')}에 쓸 수 없습니다(${param('reason')}).`,
  },
  'outbox.vanished': {
    title: '보낼 파일이 없어졌습니다',
    help: '전송을 다시 시도하십시오. Tain이 메시지로 파일을 다시 작성하거나 되돌려 둔 파일을 사용합니다.',
    detail: (param) => `${param('file')} 파일이 ${param('path')}에 더 이상 없습니다.`,
  },
  'outbox.changed': {
    title: '보낼 파일이 작성된 내용과 다릅니다',
    help: '전송을 다시 시도하십시오. Tain이 메시지로 파일을 다시 작성하거나 되돌려 둔 파일을 사용합니다.',
    detail: (param) =>
      `${param('file')} 파일은 sha-256 ${param('expected')}(으)로 작성되었으나 지금은 ${param('actual')}입니다.`,
  },
  'outbox.unreadable': {
    title: '보낼 파일을 읽을 수 없습니다',
    help: '파일과 권한, 디스크를 확인한 뒤 전송을 다시 시도하십시오.',
    detail: (param) => `${param('file')} 파일을 읽을 수 없습니다(${param('reason')}).`,
  },
  'outbox.unavailable': {
    title: '보낼 파일을 지금은 읽을 수 없습니다',
    help: 'Tain이 스스로 다시 시도합니다. 파일 권한과 디스크, 열 수 있는 파일 수를 확인하십시오.',
    detail: (param) => `${param('file')} 파일을 열 수 없습니다(${param('reason')}).`,
  },
  'outbox.not-rebuilt': {
    title: '보낼 파일을 다시 작성할 수 없습니다',
    help: '사본으로 파일을 되돌린 뒤 전송을 다시 시도하거나 전송을 포기하십시오. 보내지 않은 것은 다음 업무일에 나갑니다.',
    detail: (param) =>
      `${param('file')} 파일은 sha-256 ${param('expected')}(으)로 작성되었으나 메시지로 만든 파일은 ${param('actual')}입니다.`,
  },
  'delivery.not-found': {
    title: '그런 전송이 없습니다',
    help: '전송 목록은 tain deliveries 명령으로 확인하십시오.',
    detail: (param) => `전송 ${quote(param('delivery'))}이(가) 없습니다.`,
  },
  'delivery.silent': {
    title: '송신 대상이 응답하지 않습니다',
    help: '저장소에 문의하십시오. 승인될 때까지 기한이 계속되며 Tain은 응답을 계속 기다립니다. 응답이 오지 않을 것이면 전송이나 메시지를 포기하십시오.',
    detail: (param) =>
      `송신 대상 ${param('target')}이(가) ${param('seconds')}초 동안 응답하지 않아 보낸 것 중 ${param('open')}건에 판정이 없습니다.`,
  },
  'delivery.file-refused': {
    title: '송신 대상이 파일 전체를 거부했습니다',
    help: '파일에 대한 응답을 확인한 뒤 전송을 다시 시도하십시오. 판정이 없는 레코드를 모두 다시 보냅니다.',
    detail: (param) => `송신 대상 ${param('target')}이(가) ${param('file')} 파일을 거부했습니다.`,
  },
  'delivery.not-failed': {
    title: '이 전송은 실패하지 않았습니다',
    help: '조치할 것이 없습니다. 상태는 tain deliveries 명령으로 확인하십시오.',
    detail: (param) => `전송 ${param('delivery')}의 상태는 ${param('state')}입니다.`,
  },
  'delivery.not-begun': {
    title: '진행 중이거나 실패한 전송만 포기할 수 있습니다',
    help: '상태는 tain deliveries 명령으로 확인하십시오.',
    detail: (param) => `전송 ${param('delivery')}의 상태는 ${param('state')}입니다.`,
  },
  'delivery.id-taken': {
    title: '전송 식별자를 다른 파일이 쓰고 있습니다',
    help: '그 전송을 tain deliveries 명령으로 확인하십시오. 이 파일은 전혀 보내지 않았습니다. 두 날짜와 함께 신고하십시오.',
    detail: (param) =>
      `${param('date')}의 ${param('file')} 파일을 ${param('delivery')}(으)로 보낼 수 없습니다. 다른 파일이 그 식별자를 쓰고 있습니다.`,
  },
  'delivery.behind-file': {
    title: '전송이 앞선 파일을 기다리고 있습니다',
    help: '앞선 전송을 다시 시도하거나 포기하십시오. 이 전송은 저절로 이어집니다.',
    detail: (param) =>
      `${param('date')}의 ${param('file')} 파일(상태 ${param('state')})을 기다립니다. 그 파일 없이 보내면 저장소가 거부합니다.`,
  },
  'delivery.behind-day': {
    title: '전송이 앞선 업무일을 기다리고 있습니다',
    help: '그 업무일에 부족한 것을 확인하여(tain day status DATE) 해결하거나 마감하십시오. 이 전송은 저절로 이어집니다.',
    detail: (param) => `${param('date')} 업무일(상태 ${param('state')})의 파일을 기다립니다.`,
  },
  'message.not-found': {
    title: '그런 메시지가 없습니다',
    help: '파일과 응답에 적힌 메시지 식별자(45-와 16진수 24자리)로 조회하십시오.',
    detail: (param) => `메시지 ${quote(param('message'))}이(가) 없습니다.`,
  },
  'message.not-refused': {
    title: '거부된 메시지만 다시 제출할 수 있습니다',
    help: 'tain message show ID 명령으로 메시지를 확인하십시오.',
    detail: (param) => `메시지 ${param('message')}의 상태는 ${param('state')}입니다.`,
  },
  'message.not-awaited': {
    title: '보냈으나 판정이 없는 메시지만 포기할 수 있습니다',
    help: 'tain message show ID 명령으로 메시지를 확인하십시오.',
    detail: (param) => `메시지 ${param('message')}의 상태는 ${param('state')}입니다.`,
  },
  'message.not-settleable': {
    title: '메시지에 대해 그렇게 정할 수 없습니다',
    help: 'tain message show ID 명령으로 메시지를 확인하십시오.',
    detail: (param) =>
      `메시지 ${param('message')}의 상태는 ${param('state')}입니다. 가능한 상태: ${param('allowed')}.`,
  },
};
