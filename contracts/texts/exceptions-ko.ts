/** What needs a person and how it is settled, in Korean. */
import type { ExceptionTexts } from './exceptions-en.ts';
import type { Param } from './shape.ts';

const onDay = (param: Param): string => (param('date') === '' ? '' : `${param('date')} `);

export const EXCEPTIONS_KO: ExceptionTexts = {
  kinds: {
    'message-refused': {
      title: (param) =>
        `저장소가 ${param('swap')}의 ${param('action')} 메시지(${param('id')})를 거부했습니다: ${param('rule') || '사유 없음'}.`,
      remedy: () => '고친 레코드를 정정으로 보내십시오. 거부된 메시지는 다시 제출됩니다.',
    },
    'message-late': {
      title: (param, count) =>
        `${onDay(param)}파트 ${param('part')} 메시지 ${count}건이 기한을 넘겼습니다(${param('obligation')}).`,
      remedy: () => '무엇이 막고 있는지 tain obligations로 확인하고, 더 걸리면 감독 당국에 알리십시오.',
    },
    'message-held': {
      title: (param, count) =>
        `${param('by')} 메시지가 거부되어 ${param('swap')}의 메시지 ${count}건이 대기하고 있습니다.`,
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
      title: (param) =>
        `${param('file')} 파일이 ${param('target')}에 전달되지 않습니다: ${param('state')} ${param('code')}`,
      remedy: () => '대상과 회선을 확인하십시오. 전송은 멈춘 곳에서 저절로 이어집니다.',
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
    'rejected-records': {
      title: (param, count) =>
        `${param('file')} 파일의 레코드 ${count}건이 ${param('rule')} 규칙으로 거부되었습니다.`,
      remedy: () => '고쳐서 다시 보내거나(tain rejections) 사유와 함께 해결로 표시하십시오.',
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
  columns: { what: '내용', count: '건수', owner: '담당', age: '경과', deadline: '기한' },
  nobody: (role) => `(${role})`,
  overdue: '기한 초과',
  nothing: '조치가 필요한 것이 없습니다.',
  note: (by, text) => `메모(${by}): ${text}`,
  more: (kinds) => `표시된 것보다 더 있습니다: ${kinds}.`,
  sum: (causes) => `조치가 필요한 원인 ${causes}건.`,
  age: (days, hours, minutes) =>
    days > 0 ? `${days}일 ${hours}시간` : hours > 0 ? `${hours}시간 ${minutes}분` : `${minutes}분`,
};
