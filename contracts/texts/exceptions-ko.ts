/** What needs a person and how it is settled, in Korean. */
import { errorOf, mistakeOf, type ExceptionTexts } from './exceptions-en.ts';
import { KOREAN_ERRORS } from './ko-errors.ts';
import type { Param } from './shape.ts';

const MISTAKES: Readonly<Record<string, string>> = {
  csv: '읽을 수 없는 줄',
  format: '형식이 잘못된 값',
  code: '없는 코드',
  record: '완전하지 않은 레코드',
  feed: '읽을 수 없는 메시지',
  sequence: '앞의 이벤트에 이어지지 않는 이벤트',
  required: '빠진 값',
  agrees: '서로 맞지 않는 값',
  blank: '있으면 안 되는 값',
};

const DELIVERY_REMEDIES: Readonly<Record<string, string>> = {
  failed:
    '저절로 이어지지 않으며 이후 영업일의 전송도 멈춥니다. 원인을 고친 뒤 tain deliveries retry ID --reason …으로 다시 시도하거나 give-up으로 포기하십시오.',
  silent:
    '저장소에 무엇을 받았는지 문의하십시오. 늦게 온 응답도 반영됩니다. 응답이 오지 않을 것이라면 tain deliveries give-up ID --reason …으로 포기하십시오.',
  sending: '대상과 회선을 확인하십시오. 전송은 멈춘 곳에서 저절로 이어집니다.',
};

const inTheWay = (param: Param): string =>
  [
    ['refused', '거부'],
    ['held', '거부된 메시지 대기'],
    ['unsent', '미전송'],
    ['unanswered', '미응답'],
  ]
    .filter(([name]) => param(name!) !== '0')
    .map(([name, words]) => `${words} ${param(name!)}건`)
    .join(', ');

const ofDays = (param: Param): string =>
  param('date') === ''
    ? ''
    : param('days') === '1'
      ? `${param('date')} `
      : `${param('date')}부터 ${param('days')}일의 `;

const onDay = (param: Param): string => (param('date') === '' ? '' : `${param('date')} `);

export const EXCEPTIONS_KO: ExceptionTexts = {
  kinds: {
    'message-refused': {
      title: (param, count) =>
        `저장소가 파트 ${param('part')} 메시지 ${count}건을 거부했습니다: ${param('rule') || '규칙 없음'}(예: ${param('swap')}의 ${param('action')}, ${param('id')}).`,
      remedy: () =>
        '고친 레코드를 정정으로 보낸 뒤 tain message resubmit ID --reason …으로 다시 제출하십시오. 기한은 계속 흐릅니다. ' +
        '저장소가 이미 보유하고 있으면 tain message acknowledge ID, 대체할 메시지가 없으면 tain message withdraw ID를 사용하십시오.',
    },
    'message-late': {
      title: (param, count) =>
        `${ofDays(param)}파트 ${param('part')} 메시지 ${count}건이 기한을 넘겼습니다(${param('obligation')}): ${inTheWay(param)}.`,
      remedy: (param) =>
        `무엇이 막고 있는지 확인하여 해결하고(tain exceptions show late:${param('part')}:${param('obligation')}), 더 걸리면 감독 당국에 알리십시오.`,
    },
    'message-nearing': {
      title: (param, count) =>
        `${ofDays(param)}파트 ${param('part')} 메시지 ${count}건의 기한이 다가옵니다(${param('obligation')}): ${inTheWay(param)}.`,
      remedy: () => '늦기 전에 막고 있는 것을 해결하십시오.',
    },
    'message-held': {
      title: (param, count) =>
        `스왑의 시작이 거부되어(${param('rule') || '규칙 없음'}) 스왑 ${param('swaps')}개의 메시지 ${count}건이 대기하고 있습니다(예: ${param('swap')}, ${param('by')} 대기).`,
      remedy: () => '거부된 메시지를 해결하면 나머지는 저절로 진행됩니다.',
    },
    'message-unanswered': {
      title: (param, count) =>
        `${onDay(param)}파트 ${param('part')} 메시지 ${count}건에 ${param('minutes')}분 넘게 응답이 없습니다.`,
      remedy: () => '저장소와의 세션을 확인하고(GET /v1/deliveries) 무엇을 받았는지 문의하십시오.',
    },
    'outcome-revised': {
      title: (param) =>
        `${param('swap')}의 ${param('action')} 메시지(${param('id')})를 보냈으나 이후 이벤트로 결과가 ${param('outcome')}(으)로 바뀌었습니다.`,
      remedy: () => '저장소에서 정정하거나(CORR 또는 EROR) 사유와 함께 해결로 표시하십시오.',
    },
    'days-not-opened': {
      title: (param) =>
        `영업일이 열리지 않습니다: ${errorOf(param, KOREAN_ERRORS)?.detail(param) ?? param('code')}`,
      remedy: (param) =>
        `${errorOf(param, KOREAN_ERRORS)?.help ?? 'batch 워커의 로그를 확인하십시오.'} 한 시간 안에 다시 시도합니다.`,
    },
    'day-unopened': {
      title: (param) => `${param('date')} 영업일의 마감 시각이 지났으나 열리지 않았습니다.`,
      remedy: (param) =>
        `batch 워커가 실행 중인지 확인하거나(tain status) tain day run ${param('date')} 명령으로 여십시오.`,
    },
    'day-standing': {
      title: (param) =>
        `${param('date')} 영업일이 마감 시각 이후 ${param('minutes')}분 넘게 ${param('state')} 상태에 머물러 있습니다` +
        `${param('before') === '' ? '.' : `(${param('before')} 영업일 대기).`}`,
      remedy: (param) =>
        `tain day status ${param('before') || param('date')} 명령으로 무엇을 기다리는지 확인하십시오.`,
    },
    'day-stuck': {
      title: (param) =>
        `${param('date')} 영업일이 ${param('state')} 상태로 진행할 수 없습니다. ${param('code')}`,
      remedy: () => '부족한 것을 확인하여(GET /v1/days) 보내거나, 사유와 함께 마감하십시오.',
    },
    'day-input-missing': {
      title: (param) =>
        `${param('date')} 영업일에 ${param('name')} 입력이 없습니다(${param('input')} ${param('expected')}).`,
      remedy: () => '보내도록 요청하거나, 사유와 함께 면제하십시오.',
    },
    'delivery-stalled': {
      title: (param, count) =>
        `파일 ${count}개가 ${param('target')}에 전달되지 않습니다: ${param('state')} ${param('code')}(예: ${param('file')}).`,
      remedy: (param) => DELIVERY_REMEDIES[param('state')] ?? DELIVERY_REMEDIES['sending']!,
    },
    'target-trouble': {
      title: (param, count) =>
        `세션 ${count}개에서 송신 대상 ${param('target')}과(와) 통신할 수 없습니다: ${param('code')} ${param('reason')}`,
      remedy: () =>
        'tain deliveries로 내용을 확인하고 주소, 사용자, 비밀번호를 고치거나 저장소에 문의하십시오.',
    },
    'live-unsent': {
      title: (param, count) =>
        `즉시 보낼 메시지 ${count}건이 ${param('minutes')}분 넘게 대기하고 있습니다(예: ${param('swap')}).`,
      remedy: () =>
        '대상에 연결되는지(tain deliveries), 그 스왑의 첫 메시지가 무엇을 기다리는지 확인하십시오.',
    },
    'valuation-owed': {
      title: (param, count) =>
        `${param('entity')}의 미결제 스왑 ${count}건에 ${param('date')} 이후의 평가가 없습니다(예: ${param('swap')}).`,
      remedy: () => '평가(VALU)를 보내십시오.',
    },
    'collateral-owed': {
      title: (param, count) =>
        `${param('entity')}의 포트폴리오 ${count}건에 ${param('date')} 이후의 증거금이 없습니다(예: ${param('swap')}).`,
      remedy: () => '증거금(MARU)을 보내십시오.',
    },
    'valuation-nearing': {
      title: (param, count) =>
        `${param('entity')}의 미결제 스왑 ${count}건에 ${param('date')} 평가가 아직 없고 기한이 다가옵니다(예: ${param('swap')}).`,
      remedy: () => '늦기 전에 평가(VALU)를 보내십시오.',
    },
    'collateral-nearing': {
      title: (param, count) =>
        `${param('entity')}의 포트폴리오 ${count}건에 ${param('date')} 증거금이 아직 없고 기한이 다가옵니다(예: ${param('swap')}).`,
      remedy: () => '늦기 전에 증거금(MARU)을 보내십시오.',
    },
    'reconcile-breaks': {
      title: (param, count) =>
        `${param('entity')}의 필드 ${count}개가 ${param('date')} 저장소의 미결제 스왑 보고서와 다릅니다(${param('report')}).`,
      remedy: () => '정정(CORR)한 뒤 tain reconcile FILE --record로 다시 비교하십시오.',
    },
    'file-problem': {
      title: (param) => `${param('file')} 파일을 받지 못했습니다: ${param('code')}.`,
      remedy: () => '원인을 확인하고(GET /v1/files/{id}) 다시 보내도록 요청하십시오.',
    },
    'feed-gap': {
      title: (param, count) =>
        `${param('feed')} 피드에서 메시지 ${count}건이 오지 않았습니다(구간 ${param('gaps')}개).`,
      remedy: () => '자동으로 다시 요청합니다. 계속되면 보내는 쪽에 문의하십시오.',
    },
    conflict: {
      title: (param, count) => `${param('swap')}의 이벤트 ${count}건이 먼저 온 이벤트와 어긋납니다.`,
      remedy: () => '어느 것이 맞는지 확인하여 정정하거나(CORR) 사유와 함께 해결로 표시하십시오.',
    },
    violated: {
      title: (param, count) =>
        `스왑 ${param('swaps')}개의 접수 이벤트 ${count}건이 이벤트 순서 규칙(${param('rule')})에 어긋나 보고되지 않습니다(예: ${param('swap')}).`,
      remedy: () =>
        '앞의 이벤트를 확인하여(tain trace ID) 고쳐서 다시 보내도록 하거나 사유와 함께 해결로 표시하십시오.',
    },
    'rejected-records': {
      title: (param, count) =>
        `파일·피드 ${param('sources')}개의 레코드 ${param('atLeast') === '1' ? '최소 ' : ''}${count}건이 거부되었습니다: ${mistakeOf(param, MISTAKES)}, ` +
        `${param('rules')}${param('otherRules') === '0' ? '' : ` 외 규칙 ${param('otherRules')}개`}. 처음 것: ${param('example')}.`,
      remedy: () => '고쳐서 다시 보내도록 하거나(tain rejections FILE) 사유와 함께 해결로 표시하십시오.',
    },
    'pending-old': {
      title: (param, count) =>
        `${param('source')}의 이벤트 ${count}건이 하루 넘게 스왑의 시작을 기다리고 있습니다(예: ${param('swap')}).`,
      remedy: () => '해당 스왑의 시작(NEWT)을 보내도록 요청하십시오.',
    },
    'governor-alarm': {
      title: (param) => `거버너 경보: ${param('alarm')}.`,
      remedy: () => 'tain priority로 내용을 확인하십시오.',
    },
  },
  columns: {
    what: '내용',
    count: '건수',
    owner: '담당',
    age: '경과',
    deadline: '기한',
    item: '항목',
    about: '대상',
  },
  nobody: (role) => `(${role})`,
  overdue: '기한 초과',
  nothing: '조치가 필요한 것이 없습니다.',
  note: (by, text) => `메모(${by}): ${text}`,
  more: (kind, count) =>
    `${kind} 원인이 ${count}건 더 있습니다. 표시된 것이 해결되면 --kind ${kind}로 볼 수 있습니다.`,
  noItems: '하나뿐입니다. 링크에서 볼 수 있습니다.',
  moreItems: '표시된 것보다 더 있습니다.',
  sum: (causes) => `조치가 필요한 원인 ${causes}건.`,
  age: (days, hours, minutes) =>
    days > 0 ? `${days}일 ${hours}시간` : hours > 0 ? `${hours}시간 ${minutes}분` : `${minutes}분`,
};
