/** The words for errors of reading swaps and events, in Korean. Spread into those of all errors. */
import type { SwapErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

export const KOREAN_SWAP_ERRORS: Readonly<Record<SwapErrorCode, ErrorWords>> = {
  'swap.not-found': {
    title: '해당하는 스왑이나 포트폴리오가 없습니다',
    help:
      'UTI 전체를 지정하십시오. 메시지에 UTI가 없으면 USI를 지정하십시오. 모든 키는 GET /v1/swaps에서 확인할 수 있으며, ' +
      '앞부분(prefix)이나 종류(kind)로 찾을 수 있습니다. 거부된 레코드는 해당 파일에서 확인하십시오.',
    detail: (param) => `다음 키에 대해 수락된 메시지가 없습니다: ${quote(param('key'))}.`,
  },
  'events.too-many': {
    title: '열려 있는 이벤트 스트림이 너무 많습니다',
    help: '스트림 하나를 닫거나 여러 곳에서 하나를 함께 사용한 뒤 다시 여십시오.',
    detail: (param) => `이 호출자는 이미 최대 개수인 ${param('limit')}개의 스트림을 열었습니다.`,
  },
  'events.full': {
    title: '이벤트 스트림이 모두 사용 중입니다',
    help: 'Retry-After 헤더의 시간만큼 기다린 뒤 다시 시도하거나, 여러 곳에서 스트림 하나를 함께 사용하십시오.',
    detail: (param) => `API가 열어 두는 스트림 ${param('limit')}개가 모두 사용 중입니다.`,
  },
  'events.ahead': {
    title: '로그가 아직 그 번호에 이르지 않았습니다',
    help:
      '다른 로그에서 본 번호이거나 로그가 백업에서 복원되었습니다. 보관 중인 내용을 새로 읽은 뒤 ' +
      'Last-Event-ID 없이 스트림을 다시 여십시오.',
    detail: (param) => `요청한 번호: ${param('after')}. 로그의 마지막 번호: ${param('last')}.`,
  },
};
