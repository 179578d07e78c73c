/** The words for errors of feeds, in Korean. Spread into those of all errors. */
import type { FeedErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const KOREAN_FEED_ERRORS: Readonly<Record<FeedErrorCode, ErrorWords>> = {
  'feed.unreachable': {
    title: '피드 서버에 연결할 수 없습니다',
    help: 'Tain이 자동으로 다시 시도합니다. 주소, 네트워크, 서버의 실행 여부를 확인하십시오.',
    detail: (param) =>
      `${param('feed')} 피드: ${param('address')} 주소가 연결을 받지 않습니다. 사유: ${param('reason')}.`,
  },
  'feed.disconnected': {
    title: '피드의 연결이 끊어졌습니다',
    help: 'Tain이 마지막으로 받은 메시지 다음부터 자동으로 다시 연결합니다. 별도로 조치하지 마십시오.',
    detail: (param) => `${param('feed')} 피드: 서버가 연결을 닫았습니다. 사유: ${param('reason')}.`,
  },
  'feed.silent': {
    title: '피드 서버가 응답하지 않습니다',
    help: 'Tain이 자동으로 다시 연결합니다. 하트비트를 약속대로 보내는지 송신자에게 확인하십시오.',
    detail: (param) =>
      `${param('feed')} 피드: ${param('ms')}ms 동안 하트비트를 포함하여 아무것도 오지 않았습니다.`,
  },
  'feed.packet-unfinished': {
    title: '피드의 패킷이 끝까지 오지 않았습니다',
    help: 'Tain이 자동으로 다시 연결하여 메시지를 새로 요청합니다. 받은 절반은 사용하지 않으므로 기다리십시오.',
    detail: (param) =>
      `${param('feed')} 피드: 패킷 ${param('bytes')}바이트가 온 뒤 ${param('ms')}ms 안에 나머지가 오지 않았습니다.`,
  },
  'feed.packet-invalid': {
    title: '피드가 패킷이 아닌 데이터를 보냅니다',
    help: 'Tain이 자동으로 다시 연결합니다. 반복되면 위치와 바이트를 송신자에게 알리십시오.',
    detail: (param) =>
      `${param('feed')} 피드: 연결의 ${param('offset')}번째 바이트(시퀀스 ${param('sequence')} 다음)에 패킷이 없습니다. ` +
      `문제: ${param('problem')}, 바이트: ${param('bytes')}.`,
  },
  'feed.login-refused': {
    title: '피드가 로그인을 거부했습니다',
    help: '피드의 사용자와 비밀번호를 수정한 뒤 피드를 재개하십시오.',
    detail: (param) =>
      `${param('feed')} 피드: 서버가 ${quote(param('user'))} 사용자를 거부했습니다. 코드: ${param('code')}.`,
  },
  'feed.session-unavailable': {
    title: '피드에 요청한 세션이 없습니다',
    help: 'Tain이 자동으로 다시 시도합니다. 세션의 시작 시각과 이름을 송신자에게 확인하십시오.',
    detail: (param) => `${param('feed')} 피드: 서버에 지금 ${quote(param('session'))} 세션이 없습니다.`,
  },
  'feed.session-in-use': {
    title: '다른 수신자가 피드의 세션을 읽고 있습니다',
    help: '다른 수신자를 중지하십시오. 그 뒤에는 Tain이 자동으로 이어받습니다.',
    detail: (param) =>
      `${param('feed')} 피드: 서버가 ${quote(param('session'))} 세션의 두 번째 수신자를 거부했습니다.`,
  },
  'feed.session-changed': {
    title: '피드의 세션이 요청한 세션과 다릅니다',
    help: '이전 세션이 끝났는지 송신자에게 확인한 뒤 새 세션으로 피드를 시작하십시오.',
    detail: (param) =>
      `${param('feed')} 피드: 요청한 세션은 ${quote(param('expected'))}, 서버의 세션은 ${quote(param('actual'))}입니다.`,
  },
  'feed.session-restarted': {
    title: '피드가 같은 이름으로 세션을 다시 시작했습니다',
    help: '새로운 세션 이름을 송신자에게 요청하십시오. 시퀀스 번호의 뜻이 둘이므로 그때까지는 아무것도 받지 않습니다.',
    detail: (param) =>
      `${param('feed')} 피드: ${param('last')}번까지 읽은 ${quote(param('session'))} 세션이 처음부터 다시 시작되었습니다.`,
  },
  'feed.superseded': {
    title: '다른 수신 작업이 피드를 넘겨받았습니다',
    help: '조치할 것이 없습니다. 커밋되지 않은 메시지는 넘겨받은 작업이 다시 읽습니다.',
    detail: (param) =>
      `피드 ${param('feed')}: 이 시도(에포크 ${param('epoch')})는 더 이상 기록할 수 없습니다.`,
  },
  'feed.batch-slow': {
    title: '피드의 메시지를 저장하는 데 너무 오래 걸립니다',
    help: 'Tain이 메시지 수를 절반으로 줄여 다시 시도합니다. 계속되면 데이터베이스가 무엇을 기다리는지 확인하십시오.',
    detail: (param) =>
      `${param('feed')} 피드: 메시지 ${param('messages')}개의 저장을 ${param('ms')}ms 뒤에 중단했습니다.`,
  },
  'feed.not-found': {
    title: '그런 피드가 없습니다',
    help: '이름은 tain feed 명령으로 확인하십시오. 피드는 TAIN_FEEDS_FILE이 가리키는 파일에 등록합니다.',
    detail: (param) => `피드 ${quote(param('feed'))}이(가) 없습니다.`,
  },
  'feed.not-configured': {
    title: '피드가 피드 파일에 없습니다',
    help: '파일에 등록한 뒤 재개하십시오. 없앨 피드라면 실시간 작업자를 다시 시작하십시오.',
    detail: (param) => `피드 ${quote(param('feed'))}이(가) ${param('file')}에 없습니다.`,
  },
  'feed.no-replay': {
    title: '빠진 메시지를 다시 받을 수 없습니다',
    help: '송신 측이 메시지를 다시 보내는 주소를 "replay"에 등록한 뒤 피드를 다시 구성하십시오.',
    detail: (param) => `피드 ${param('feed')}: 메시지를 다시 보내는 주소가 등록되어 있지 않습니다.`,
  },
  'feed.gap-lost': {
    title: '송신 측에 빠진 메시지가 더 이상 없습니다',
    help: '해당 메시지를 파일로 보내 달라고 송신 측에 요청하십시오. 그때까지는 누락으로 남습니다.',
    detail: (param) =>
      `피드 ${param('feed')}: 세션 ${quote(param('session'))}의 ${param('from')}부터 ${param('to')}까지 요청했으나 ` +
      `송신 측은 ${param('actual')}부터 보냅니다.`,
  },
  'feed.gap-name-taken': {
    title: '빠진 메시지가 있는 세션의 이름을 나중 세션이 쓰고 있습니다',
    help: '해당 메시지를 파일로 보내 달라고 송신 측에 요청하십시오. 이 이름으로 요청하면 나중 세션의 메시지가 옵니다.',
    detail: (param) =>
      `피드 ${param('feed')}: 나중 세션이 같은 이름을 쓰고 있어 세션 ${quote(param('session'))}의 ` +
      `${param('from')}부터 ${param('to')}까지를 요청하지 않습니다.`,
  },
  'feed.gap-unfilled': {
    title: '빠진 메시지가 아직 오지 않았습니다',
    help: 'Tain이 스스로 다시 요청합니다. 송신 측의 재전송 서버가 실행 중인지 확인하십시오.',
    detail: (param) =>
      `피드 ${param('feed')}: 세션 ${quote(param('session'))}의 ${param('from')}부터 ${param('to')}까지가 ` +
      `${param('ms')} ms 안에 오지 않았습니다(${param('reason')}).`,
  },
  'feeds.invalid': {
    title: '피드 파일을 사용할 수 없습니다',
    help: '파일을 고치십시오. docs/feeds.md에 예가 있습니다.',
    detail: (param) => `${param('file')} 파일에 문제가 있습니다: ${param('place')}: ${param('problem')}`,
  },
  'feeds.unreadable': {
    title: '피드의 파일을 읽을 수 없습니다',
    help: 'TAIN_FEEDS_FILE과 그 안의 passwordFile, 두 파일의 권한을 확인하십시오.',
    detail: (param) => `${param('file')}을(를) 읽을 수 없습니다(${param('reason')}).`,
  },
  'feed.unattended': {
    title: '피드를 관리하는 프로세스가 없습니다',
    help:
      'tain status 명령으로 Temporal과 realtime 워커가 실행 중인지 확인하십시오. 응답하지 않은 요청이 나중에 ' +
      '처리될 수 있으므로, 다시 요청하기 전에 피드의 상태를 확인하십시오.',
    detail: (param) =>
      `${param('feed')} 피드: 관리 워크플로가 ${param('seconds')}초 안에 응답하지 않았습니다.`,
  },
};
