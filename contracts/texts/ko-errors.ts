/** The words for errors, in Korean. As in ko.ts, a noun stands behind every value, because a particle would depend on it. */
import type { ErrorCode } from '../errors.ts';
import { KOREAN_BACKUP_ERRORS } from './ko-backup-errors.ts';
import { KOREAN_DAY_ERRORS } from './ko-day-errors.ts';
import { KOREAN_DESK_ERRORS } from './ko-desk-errors.ts';
import { KOREAN_FEED_ERRORS } from './ko-feed-errors.ts';
import { KOREAN_JOB_ERRORS } from './ko-job-errors.ts';
import { KOREAN_GPU_ERRORS } from './ko-gpu-errors.ts';
import { KOREAN_OUTBOUND_ERRORS } from './ko-outbound-errors.ts';
import { KOREAN_PREVIEW_ERRORS } from './ko-preview-errors.ts';
import { KOREAN_REPORT_ERRORS } from './ko-report-errors.ts';
import { KOREAN_SWAP_ERRORS } from './ko-swap-errors.ts';
import { quote, type ErrorWords, type Param } from './shape.ts';

/** What parameters say in English words. */
const PHRASES: Readonly<Record<string, string>> = {
  body: '본문',
  address: '주소',
  head: '헤더',
  'it names no subject': '주체(sub)가 없습니다',
  'its subject has more than 200 characters': '주체(sub)가 200자를 초과합니다',
  'its subject contains control characters': '주체(sub)에 제어 문자가 있습니다',
  'its subject is that of a service of Tain': '주체(sub)가 Tain 자체 서비스의 이름입니다',
  'its issuer has no such key for this algorithm': '발급자에게 이 알고리즘의 해당 키가 없습니다',
  'there is none': '토큰이 없습니다',
  'the Authorization header is not "Bearer TOKEN"': 'Authorization 헤더가 "Bearer TOKEN" 형식이 아닙니다',
  submission: '제출(submission)',
  'public dissemination': '공개 배포(public dissemination)',
  'The database': '데이터베이스',
  'wrong checksum': '체크섬 불일치',
  'unexpected end of file': '파일이 중간에 끝났습니다',
  'data behind the end': '압축이 끝난 뒤에 데이터가 더 있습니다',
  'incorrect header check': '압축 헤더가 아닌 데이터가 있습니다',
  'not a file': '일반 파일이 아닙니다',
  'it names no known role': '알려진 역할이 없습니다',
};

/** What is wrong with a value of a register. */
const REGISTER_FAULTS: Readonly<Record<string, string>> = {
  'missing-column': '필수 열이 없음',
  'double-column': '같은 열이 두 번 있음',
  structure: '헤더와 구조가 다른 줄',
  blank: '값이 비어 있음',
  invalid: '올바른 형식이 아님',
  unknown: '알려지지 않은 값',
  duplicate: '앞에 이미 있는 값',
  contradiction: '상품 템플릿에 없는 값',
};

/** A phrase that is not in the table stays as it is. */
const translate = (phrase: string): string => PHRASES[phrase] ?? phrase;

/** What is wrong with a .done marker. */
const MARKER_PROBLEMS: Readonly<Record<string, (param: Param) => string>> = {
  json: () => '{로 시작하지만 JSON 객체가 아님',
  line: (param) => `${param('line')}번째 줄이 key=value 형식이 아님`,
  value: (param) =>
    param('key') === 'sha256'
      ? `64자리 16진수 SHA-256이 아닌 값: ${quote(param('value'))}`
      : `${param('key')} 항목의 숫자가 아닌 값: ${quote(param('value'))}`,
  twice: (param) => `${param('key')} 항목이 서로 다른 값으로 두 번 적혀 있음`,
  'too-large': (param) => `${param('max')}바이트를 초과함`,
  'not-utf8': () => 'UTF-8 텍스트가 아님',
};

export const KOREAN_ERRORS: Readonly<Record<ErrorCode, ErrorWords>> = {
  'file.empty': {
    title: '파일이 비어 있습니다',
    help: '헤더 행과 레코드를 넣어 파일을 다시 보내십시오.',
    detail: (param) => `${param('file')} 파일에 내용이 없습니다.`,
  },
  'file.header-unknown': {
    title: '헤더가 알려진 형식이 아닙니다',
    help: '첫 행은 CFTC 데이터 요소의 이름(제출 형식)이거나 공개 배포 파일의 헤더여야 합니다.',
    detail: (param) => {
      const place = `${param('file')} 파일의 첫 행`;
      switch (param('problem')) {
        case 'columns':
          return `${place}에 열이 ${param('columns')}개 있으며, 최대 ${param('max')}개까지 허용됩니다.`;
        case 'utf16':
          return `${place}이 UTF-8이 아닙니다. NUL 바이트가 있거나 UTF-16 바이트 순서 표시(BOM)로 시작합니다. 파일을 UTF-8로 저장하십시오.`;
        case 'carriage-returns':
          return `${place}에 LF가 없는 캐리지 리턴(CR)이 있습니다. 모든 행을 LF 또는 CR LF로 끝내십시오.`;
        case 'length':
          return `${place}이 ${param('max')}바이트를 초과합니다.`;
        case 'text':
          return `${place}이 CSV 텍스트가 아닙니다.`;
        default:
          return `${place}에 데이터 요소의 이름인 열이 없습니다. 첫 행의 시작 부분: ${param('begins')}.`;
      }
    },
  },
  'file.header-duplicate': {
    title: '헤더의 두 열이 같은 데이터 요소를 가리킵니다',
    help: '두 열 중 하나를 삭제하거나 이름을 바꾸어 파일을 다시 보내십시오.',
    detail: (param) =>
      `${param('file')} 파일에서 "${param('first')}" 열과 "${param('second')}" 열이 같은 요소를 가리킵니다: ${param('slot')}.`,
  },
  'file.header-incomplete': {
    title: '모든 레코드에 필요한 열이 헤더에 없습니다',
    help: '해당 열을 추가하여 파일을 다시 보내십시오.',
    detail: (param) =>
      `${param('file')} 파일의 헤더는 ${translate(param('format'))} 형식이지만 "${param('column')}" 열이 없습니다.`,
  },
  'file.not-utf8': {
    title: '파일에 UTF-8이 아닌 부분이 있습니다',
    help: '파일을 UTF-8로 저장하여 다시 보내십시오. 저장된 내용은 없습니다.',
    detail: (param) =>
      `${param('file')} 파일의 ${param('line')}행(바이트 위치 ${param('offset')})에 ` +
      `UTF-8이 아닌 바이트가 있습니다: ${param('value')}.`,
  },
  'file.compression-broken': {
    title: '압축 파일을 풀 수 없습니다',
    help: '전송 중에 잘리거나 손상되었습니다. 다시 압축하여 보내십시오.',
    detail: (param) =>
      `${param('file')} 파일의 압축을 끝까지 풀 수 없습니다. 사유: ${translate(param('reason'))}.`,
  },
  'file.archive-unsuitable': {
    title: '압축 파일에 읽을 수 있는 파일이 정확히 하나 들어 있지 않습니다',
    help: '폴더나 암호 없이 CSV 파일 하나만 압축하여 다시 보내십시오.',
    detail: (param) => {
      if (param('problem') === 'encrypted') return `${param('file')} 파일의 내용이 암호화되어 있습니다.`;
      if (param('problem') === 'folder') return `${param('file')} 파일에 폴더만 있고 파일이 없습니다.`;
      if (param('problem') === 'method') {
        return `${param('file')} 파일의 내용이 지원되지 않는 방식(${param('method')}번)으로 압축되어 있습니다. Deflate 방식으로 압축하십시오.`;
      }
      if (param('problem') === 'name') {
        return `${param('file')} 파일에 든 파일의 이름이 폴더 밖을 가리킵니다: ${quote(param('name'))}. 경로 없는 이름으로 압축하십시오.`;
      }
      if (param('problem') === 'unlisted') {
        return `${param('file')} 파일에 목록(central directory)에 없는 데이터가 들어 있습니다. 새 압축 파일을 만드십시오.`;
      }
      return `${param('file')} 파일에는 파일 하나가 들어 있어야 하지만 ${param('entries')}개가 들어 있습니다.`;
    },
  },
  'file.expands-too-far': {
    title: '파일의 내용이 한도를 초과합니다',
    help: '저장된 내용은 없습니다. 초과한 한도에 따라 파일을 압축하지 않거나 나누어 다시 보내십시오.',
    detail: (param) =>
      param('limit') === 'size'
        ? `${param('file')} 파일의 내용이 TAIN_CONTENT_MAX_BYTES 한도인 ${param('max')}바이트를 초과합니다. ` +
          '나누어 보내거나 이 값을 늘리십시오.'
        : `${param('file')} 파일은 ${param('size')}바이트인데 ${param('read')}바이트를 푼 뒤에도 끝나지 않았고, ` +
          '이는 허용된 압축률을 초과합니다. 압축하지 않고 보내십시오.',
  },
  'file.values-refused': {
    title: '데이터베이스가 파일의 내용을 받아들이지 않습니다',
    help: '공개된 내용은 없습니다. 파일을 보관하고 신고하십시오. 누락된 검사가 있습니다.',
    detail: (param) =>
      `데이터베이스가 ${param('file')} 파일의 바이트 위치 ${param('offset')} 뒤에 있는 레코드를 거부했습니다. ` +
      `사유: ${param('reason')}.`,
  },
  'file.changed': {
    title: '읽는 동안 파일이 변경되었습니다',
    help: '점(.)으로 시작하거나 .part로 끝나는 이름으로 파일을 쓰고, 완료된 뒤 이름을 바꾸십시오.',
    detail: (param) =>
      param('sha256') === '?'
        ? `${param('file')} 파일의 크기가 접수 당시 ${param('was')}바이트에서 현재 ${param('now')}바이트로 바뀌었습니다.`
        : `${param('file')} 파일이 접수된 파일과 다릅니다. 현재 sha-256: ${param('sha256')}.`,
  },
  'file.vanished': {
    title: '읽기 전에 파일이 수신함에서 사라졌습니다',
    help: '파일을 폴더에 다시 넣으십시오. 공개된 내용은 없습니다.',
    detail: (param) => `${param('file')} 파일이 폴더에 없습니다.`,
  },
  'file.unreadable': {
    title: '시스템에서 파일을 읽을 수 없습니다',
    help: '파일과 권한, 디스크를 확인한 뒤 파일을 폴더에 다시 넣으십시오. 공개된 내용은 없습니다.',
    detail: (param) => `${param('file')} 파일을 읽을 수 없습니다. 사유: ${translate(param('reason'))}.`,
  },
  'file.not-found': {
    title: '해당 파일이 없습니다',
    help: '등록된 파일은 GET /v1/files에서 확인하십시오.',
    detail: (param) => `${param('file')} 파일을 찾을 수 없습니다.`,
  },
  'file.not-published': {
    title: '이 파일의 레코드는 아직 공개되지 않았습니다',
    help: 'waiting 또는 ingesting 상태이면 기다리십시오. refused 또는 held 상태이면 파일을 수정해야 합니다. 사유는 GET /v1/files/{id}에서 확인할 수 있습니다.',
    detail: (param) => `${param('file')} 파일의 현재 상태: ${param('state')}.`,
  },
  'file.counts-disagree': {
    title: '저장된 레코드가 집계와 일치하지 않습니다',
    help: '공개된 내용은 없습니다. 데이터베이스를 그대로 두고 파일 id와 함께 신고하십시오.',
    detail: (param) =>
      `${param('file')} 파일의 집계는 읽음 ${param('read')}건, 수리 ${param('accepted')}건, 거부 ${param('rejected')}건, ` +
      `전체 ${param('ofBytes')}바이트 중 ${param('bytes')}바이트이지만 저장된 레코드와 일치하지 않습니다.`,
  },
  'file.ledger-disagrees': {
    title: '원장의 내용이 파일과 일치하지 않습니다',
    help: '파일은 공개된 상태로 유지됩니다. 데이터베이스를 그대로 두고 ./tain verify의 결과를 파일 id와 함께 신고하십시오.',
    detail: (param) => `${param('file')} 파일의 수리된 레코드와 원장이 다릅니다: ${param('problem')}.`,
  },
  'ingest.closed': {
    title: '파일이 수집 가능한 상태가 아닙니다',
    help: '조치할 것이 없습니다. 그 사이에 파일이 거부되었거나 제외되었습니다.',
    detail: (param) => `${param('file')} 파일의 현재 상태: ${param('state')}.`,
  },
  'ingest.superseded': {
    title: '다른 시도가 이 파일을 넘겨받았습니다',
    help: '조치할 것이 없습니다. 새 시도가 마지막 체크포인트부터 이어서 처리합니다.',
    detail: (param) => `다른 시도가 ${param('file')} 파일을 넘겨받았습니다.`,
  },
  ...KOREAN_BACKUP_ERRORS,
  ...KOREAN_DAY_ERRORS,
  ...KOREAN_FEED_ERRORS,
  ...KOREAN_JOB_ERRORS,
  ...KOREAN_OUTBOUND_ERRORS,
  ...KOREAN_DESK_ERRORS,
  ...KOREAN_GPU_ERRORS,
  ...KOREAN_PREVIEW_ERRORS,
  ...KOREAN_REPORT_ERRORS,
  ...KOREAN_SWAP_ERRORS,
  'file.name-invalid': {
    title: '사용할 수 없는 파일 이름입니다',
    help: '영문자, 숫자, 점(.), 하이픈(-), 밑줄(_)만 사용하고, 점으로 시작하거나 .part, .tmp, .done으로 끝나지 않게 하십시오.',
    detail: (param) => `${JSON.stringify(param('file'))} 이름은 사용할 수 없습니다.`,
  },
  'file.too-large': {
    title: '파일이 최대 크기를 초과합니다',
    help: '파일을 나누거나 TAIN_UPLOAD_MAX_BYTES 값을 늘리십시오.',
    detail: (param) => `${param('file')} 파일이 ${param('max')}바이트를 초과합니다.`,
  },
  'storage.full': {
    title: '디스크가 가득 찼습니다',
    help: '공간을 확보한 뒤 파일을 다시 보내십시오. 보관된 내용은 없습니다.',
    detail: (param) => `${param('folder')} 폴더에 ${param('file')} 파일을 저장할 공간이 없습니다.`,
  },
  'rule.unknown': {
    title: '해당하는 규칙이 없습니다',
    help: '규칙 id를 지정하거나, 항목 번호(67)를 지정하여 그 항목의 모든 규칙을 확인하십시오. 전체 목록은 docs/rules에 있습니다.',
    detail: (param) =>
      `다음 규칙이 없습니다: ${quote(param('rule'))}. 가장 비슷한 규칙: ${param('nearest')}.`,
  },
  'priority.not-overridden': {
    title: '운영자가 강제한 것이 없습니다',
    help: '별도로 조치하지 마십시오. 거버너가 스스로 판단합니다. 무엇을 왜 보류하는지는 GET /v1/priority에서 확인하십시오.',
    detail: () => '종료할 강제 조치가 없습니다. 시간이 지나 끝났거나 다른 사람이 종료했습니다.',
  },
  'verification.busy': {
    title: '다른 검증이 진행 중입니다',
    help: 'Retry-After 헤더의 시간만큼 기다린 뒤 다시 요청하거나, 다음 명령을 실행하십시오: tain verify',
    detail: (param) => `지금은 ${param('date')} 검증을 할 수 없습니다. 진행 중인 검증: ${param('other')}.`,
  },
  'register.invalid': {
    title: '등록부를 읽을 수 없습니다',
    help: '해당 줄을 수정하거나 등록부를 다시 받은 뒤 Tain을 다시 시작하십시오. 폴더는 TAIN_REGISTER_DIR에 지정되어 있습니다.',
    detail: (param) =>
      `${param('file')} 파일 ${param('line')}번째 줄, ${quote(param('field'))} 열의 값에 문제가 있습니다: ` +
      `${quote(param('value'))} (${REGISTER_FAULTS[param('fault')] ?? '읽을 수 없음'}).`,
  },
  'register.unreadable': {
    title: '등록부 폴더를 읽을 수 없습니다',
    help: 'TAIN_REGISTER_DIR에 지정된 폴더에 lei.csv, mic.csv 또는 upi.csv를 읽을 수 있게 넣거나, 설정을 해제하십시오.',
    detail: (param) => `다음 위치를 읽을 수 없습니다: ${param('path')} (${param('reason')}).`,
  },
  'register.unknown': {
    title: '파일 판정에 쓰인 등록부가 보관되어 있지 않습니다',
    help: '데이터베이스 백업에서 register_set과 register_part를 복원하십시오.',
    detail: (param) => `다음 버전의 등록부가 없거나 변경되었습니다: ${param('version')}.`,
  },
  'verification.nothing': {
    title: '검증할 대상이 없습니다',
    help: '폴더 날짜(2026-11-21), 파일 id, 파일 이름 또는 경로를 지정하십시오. 최근 파일은 tain status에서 확인할 수 있습니다.',
    detail: (param) => `다음에 해당하는 파일이 없습니다: ${param('name')}.`,
  },
  'file.done-disagrees': {
    title: '파일이 .done 표식의 내용과 다릅니다',
    help: '파일을 완전하게 다시 보내거나, 표식을 수정하거나 삭제하십시오. 그러면 파일을 다시 확인합니다.',
    detail: (param) =>
      `${param('file')} 파일의 표식과 실제 값이 다릅니다. ` +
      `항목: ${param('what')}, 표식: ${param('stated')}, 실제: ${param('actual')}.`,
  },
  'file.done-unreadable': {
    title: '파일의 .done 표식을 읽을 수 없습니다',
    help:
      '표식을 비워 두거나, rows, bytes, sha256을 JSON 객체 하나 또는 key=value 줄로 적으십시오. ' +
      '표식이 바뀌거나 없어지면 파일을 다시 확인합니다.',
    detail: (param) =>
      `${param('file')} 파일의 표식을 읽을 수 없습니다. ` +
      `사유: ${MARKER_PROBLEMS[param('problem')]?.(param) ?? param('problem')}.`,
  },
  'request.method-not-allowed': {
    title: '이 주소에서는 사용할 수 없는 메서드입니다',
    help: 'Allow 헤더에 있는 메서드를 사용하십시오. 경로는 /docs에서 확인할 수 있습니다.',
    detail: (param) =>
      `${param('url')} 주소에는 ${param('method')} 메서드를 사용할 수 없습니다. 사용 가능: ${param('allowed')}.`,
  },
  'request.timeout': {
    title: '요청이 너무 느리게 도착했습니다',
    help: '클라이언트와 Tain 사이의 네트워크를 확인한 뒤 다시 보내십시오.',
    detail: (param) =>
      `${param('seconds')}초가 지나도 요청이 완료되지 않았고, 바이트가 너무 느리게 도착했습니다.`,
  },
  'request.too-large': {
    title: '요청이 최대 크기를 초과합니다',
    help: '주소, 헤더 또는 본문을 줄이십시오. 파일은 POST /v1/files로 업로드하십시오.',
    detail: (param) => `요청에서 허용 크기를 초과한 부분: ${translate(param('part'))}.`,
  },
  'request.too-many': {
    title: '요청이 너무 많습니다',
    help: 'Retry-After 헤더의 시간만큼 기다린 뒤 더 천천히 보내십시오. 한도는 TAIN_RATE_LIMIT으로 정합니다.',
    detail: (param) =>
      `이 호출자의 요청이 분당 ${param('limit')}건을 초과했습니다. ${param('seconds')}초 뒤에 계속하십시오.`,
  },
  'request.aborted': {
    title: '요청이 완료되기 전에 끊겼습니다',
    help: '다시 보내십시오. 보관된 내용은 없습니다.',
    detail: () => '요청 도중에 연결이 끊겼습니다.',
  },
  'service.overloaded': {
    title: 'Tain의 처리량이 한도에 이르렀습니다',
    help: 'Retry-After 헤더의 시간만큼 기다린 뒤 요청을 다시 보내십시오.',
    detail: () => '밀린 처리가 끝날 때까지 API가 요청을 받지 않습니다.',
  },
  'service.timeout': {
    title: '응답이 너무 오래 걸렸습니다',
    help: '한 번에 더 적게 요청하거나(더 작은 페이지, 하루치), 한가할 때 다시 시도하십시오.',
    detail: (param) => `다음 서비스가 제시간에 끝내지 못했습니다: ${translate(param('service'))}.`,
  },
  'input.missing': {
    title: '파일이 없습니다',
    help: '경로와 현재 디렉터리를 확인하십시오.',
    detail: (param) => `${param('file')} 파일이 없습니다.`,
  },
  'input.not-regular': {
    title: '일반 파일이 아닙니다',
    help: '디스크에 있는 파일을 지정하십시오. 파이프로 받는 내용은 먼저 파일로 저장하십시오.',
    detail: (param) => `${param('file')} 경로는 일반 파일이 아니라 디렉터리, 파이프 또는 장치입니다.`,
  },
  'input.forbidden': {
    title: '파일을 읽을 권한이 없습니다',
    help: '이 명령을 실행하는 사용자가 읽을 수 있게 하십시오.',
    detail: (param) => `${param('file')} 파일을 읽을 권한이 없습니다.`,
  },
  'input.unreadable': {
    title: '파일을 읽을 수 없습니다',
    help: '경로와 파일이 있는 디스크를 확인하십시오.',
    detail: (param) => `${param('file')} 파일을 읽을 수 없습니다(${param('reason')}).`,
  },
  'input.no-work-file': {
    title: '작업에 쓸 임시 파일을 만들 수 없습니다',
    help: '디스크 공간을 확보하거나, TMPDIR에 다른 폴더를 지정하거나, 메시지 순서 규칙을 제외하십시오(--no-sequence).',
    detail: (param) => `${param('folder')} 폴더에 임시 파일을 쓸 수 없습니다(${param('reason')}).`,
  },
  'request.invalid': {
    title: '요청이 올바르지 않습니다',
    help: '해당 항목을 수정하여 다시 보내십시오.',
    detail: (param) => `요청에서 수정할 항목: ${param('detail')}`,
  },
  'request.date-outside': {
    title: '폴더 날짜가 오늘과 너무 멀리 떨어져 있습니다',
    help: '연도를 잘못 입력하지 않았는지 확인하거나, TAIN_DATE_PAST_DAYS 또는 TAIN_DATE_AHEAD_DAYS 값을 늘리십시오.',
    detail: (param) =>
      `폴더 날짜 ${param('date')} 값이 허용 기간을 벗어났습니다. 허용 기간: ${param('first')}부터 ${param('last')}까지.`,
  },
  'request.not-found': {
    title: '이 주소에는 아무것도 없습니다',
    help: '사용할 수 있는 경로는 /docs에서 확인하십시오.',
    detail: (param) => `존재하지 않는 경로입니다: ${param('method')} ${param('url')}.`,
  },
  'auth.missing': {
    title: '요청에 유효한 토큰이 없습니다',
    help: '다음 명령으로 토큰을 만드십시오: tain token --role ROLE',
    detail: (param) => `토큰이 인정되지 않았습니다. 사유: ${translate(param('reason'))}.`,
  },
  'auth.forbidden': {
    title: '이 토큰의 역할에는 권한이 없습니다',
    help: '권한이 있는 역할의 토큰을 요청하십시오.',
    detail: (param) =>
      `${param('role')} 역할에는 ${param('action')} 권한이 없습니다. 권한이 있는 역할: ${param('roles')}.`,
  },
  'service.unavailable': {
    title: 'Tain에 필요한 서비스가 응답하지 않습니다',
    help: '다음 명령으로 확인하십시오: tain status',
    detail: (param) => `다음 서비스가 응답하지 않습니다: ${translate(param('service'))}.`,
  },
  internal: {
    title: 'Tain 내부에서 오류가 발생했습니다',
    help: '로그를 확인하고, 요청 id와 함께 신고하십시오.',
    detail: () => '요청을 처리하지 못했습니다.',
  },
};
