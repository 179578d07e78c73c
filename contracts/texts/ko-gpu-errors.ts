/** The words for errors of GPU training, in Korean. Spread into those of all errors. */
import type { GpuErrorCode } from '../errors.ts';
import { quote, type ErrorWords, type Param } from './shape.ts';

const ORDER_RULES: Readonly<Record<string, (param: Param) => string>> = {
  qos: (param) => `없는 QoS입니다(있는 것: ${param('limit')})`,
  model: (param) => `없는 모델입니다(있는 것: ${param('limit')})`,
  parts: () => '전체 GPU, MIG 프로파일, GPU 한 장의 공유분 중 하나만 지정하십시오',
  impossible: () => '비어 있어도 이만큼 가진 노드가 없습니다',
  quota: (param) => `할당량 ${param('limit')} GPU를 초과합니다`,
  expired: () => '이미 지난 시각입니다',
};

const say = (param: Param): string => ORDER_RULES[param('rule')]?.(param) ?? param('rule');

export const KOREAN_GPU_ERRORS: Readonly<Record<GpuErrorCode, ErrorWords>> = {
  'gpu-file.invalid': {
    title: 'GPU 파일이 올바르지 않습니다',
    help: 'docs/gpu.md에 따라 고친 뒤 배치 작업자를 다시 시작하십시오. 그때까지 이전 설정이 유지됩니다.',
    detail: (param) => `${param('file')} 파일의 ${param('place')} 위치: ${param('problem')}.`,
  },
  'gpu-file.unreadable': {
    title: 'GPU 파일을 읽을 수 없습니다',
    help: 'TAIN_GPU_FILE 설정, 파일의 존재 여부, 읽기 권한을 확인하십시오.',
    detail: (param) => `${param('file')} 파일을 읽을 수 없습니다(${param('reason')}).`,
  },
  'gpu.node-not-found': {
    title: '해당하는 GPU 노드가 없습니다',
    help: 'GET /v1/gpu/nodes에서 목록을 확인하십시오. 새 노드는 TAIN_GPU_FILE에 적거나 클러스터에서 가져옵니다.',
    detail: (param) => `이 이름의 GPU 노드가 없습니다: ${quote(param('node'))}.`,
  },
  'gpu.node-state': {
    title: 'GPU 노드가 이미 그 상태이거나 폐기되었습니다',
    help: 'GET /v1/gpu/nodes에서 확인하십시오. 폐기된 노드는 TAIN_GPU_FILE에 다시 적거나 클러스터에 다시 생기면 돌아옵니다.',
    detail: (param) => `GPU 노드 ${quote(param('node'))} 상태: ${param('state')}.`,
  },
  'gpu.node-withheld': {
    title: '클러스터가 이 GPU 노드에서 시작을 허용하지 않습니다',
    help: 'kubectl describe node로 노드를 확인하십시오. 클러스터가 허용하면 Tain이 스스로 다시 사용합니다.',
    detail: (param) =>
      `GPU 노드 ${quote(param('node'))}은(는) Tain에서는 열려 있으나 클러스터가 막고 있습니다: ${param('reason')}.`,
  },
  'gpu.node-in-cluster': {
    title: '클러스터에 속한 GPU 노드입니다',
    help: '여기서는 노드를 비우고, 없애려면 클러스터에서 제거하십시오. 그러면 Tain이 스스로 폐기합니다.',
    detail: (param) => `${quote(param('node'))} 노드가 클러스터에 있어 폐기해도 곧바로 돌아옵니다.`,
  },
  'gpu.node-short': {
    title: 'GPU 노드에 여유가 없습니다',
    help: '다시 계획하십시오. 다른 작업이 먼저 차지했거나 노드가 비우는 중입니다.',
    detail: (param) => `시작할 수 없습니다: ${param('problem')}.`,
  },
  'gpu.device-not-found': {
    title: '해당하는 GPU가 없습니다',
    help: 'GET /v1/gpu/nodes에서 노드별 GPU 목록을 확인하십시오.',
    detail: (param) => `이 이름의 GPU가 없습니다: ${quote(param('device'))}.`,
  },
  'gpu.device-held': {
    title: 'GPU가 사용 중입니다',
    help: '노드를 비우고 실행 중인 작업이 끝날 때까지 기다리십시오.',
    detail: (param) => `${quote(param('device'))} GPU를 작업이 사용 중이므로 나누거나 폐기할 수 없습니다.`,
  },
  'gpu.card-uncut': {
    title: 'GPU가 MIG 인스턴스로 나뉘어 있지 않습니다',
    help: 'GPU를 나누고(nvidia-smi mig -cgi … -C) TAIN_GPU_FILE에 인스턴스를 적은 뒤(docs/gpu.md) 작업을 다시 제출하십시오.',
    detail: (param) =>
      `${quote(param('device'))} GPU에 MIG 인스턴스 ${quote(param('profile'))}이(가) 없어 작업이 GPU 전체를 보게 됩니다.`,
  },
  'gpu.device-unfit': {
    title: 'GPU를 그렇게 나누거나 배치할 수 없습니다',
    help: '모델, 노드 안의 번호, 공유 방식, MIG 프로파일, 첫 메모리 슬라이스를 docs/gpu.md와 비교하십시오.',
    detail: (param) => `${quote(param('device'))} GPU는 ${param('model')}에 맞지 않습니다(${param('rule')}).`,
  },
  'gpu.slice-held': {
    title: 'GPU의 일부가 이미 사용 중입니다',
    help: '다시 계획하십시오. 다른 작업이 먼저 차지했습니다.',
    detail: (param) => `할당하지 않았습니다: ${param('problem')}.`,
  },
  'gpu.job-not-found': {
    title: '해당하는 학습 작업이 없습니다',
    help: '작업 ID 또는 의존하는 작업의 ID를 확인하십시오.',
    detail: (param) => `이 ID의 학습 작업이 없습니다: ${quote(param('job'))}.`,
  },
  'gpu.array-not-found': {
    title: '해당하는 학습 작업 배열이 없습니다',
    help: '배열 ID는 각 작업의 `array`에 있습니다: GET /v1/gpu/jobs (state=all).',
    detail: (param) => `이 배열에 속한 학습 작업이 없습니다: ${quote(param('array'))}.`,
  },
  'gpu.job-moved': {
    title: '학습 작업이 다른 상태에 있습니다',
    help: '현재 상태를 확인하십시오. 그 상태에서는 요청한 동작을 할 수 없습니다.',
    detail: (param) => `학습 작업 ${quote(param('job'))}의 요청을 처리할 수 없습니다: ${param('problem')}.`,
  },
  'gpu.store-down': {
    title: '학습이 상태나 결과를 보관하는 저장소에 닿지 못합니다',
    help: '저장소를 복구하십시오(`results`: TAIN_STATE_DIR 디스크의 여유 공간). 계속 다시 시도하며, 이 때문에 실패하는 작업은 없습니다.',
    detail: (param) => `저장소 ${param('store')} 응답 없음: ${quote(param('problem'))}.`,
  },
  'gpu.not-own': {
    title: '다른 사용자의 항목입니다',
    help: '본인의 항목을 보려면 `user`를 빼십시오. 다른 사용자의 항목은 운영자가 변경합니다.',
    detail: (param) =>
      `${param('role')} 역할은 이 요청에서 본인의 ${param('area')}만 다룰 수 있습니다. 대상 사용자: ${quote(param('user'))}.`,
  },
  'gpu.order-invalid': {
    title: '이 조건으로는 작업을 실행할 수 없습니다',
    help: '표시된 항목을 고치십시오. 장비는 GET /v1/gpu/nodes, 할당량과 QoS는 GET /v1/gpu/policy에서 확인하십시오.',
    detail: (param) => `${param('field')} 항목의 값 ${quote(param('value'))}: ${say(param)}.`,
  },
  'gpu.workdir-busy': {
    title: '다른 작업이 그 폴더를 사용 중입니다',
    help: '작업마다 다른 workdir을 지정하거나 다른 작업이 끝날 때까지 기다리십시오.',
    detail: (param) =>
      `아직 끝나지 않은 ${param('job') === '' ? '다른 사용자의 학습 작업' : `학습 작업 ${quote(param('job'))}`}이(가) 사용 중인 폴더이거나 그 상위 또는 하위 폴더입니다: ${quote(param('workdir'))}.`,
  },
  'gpu.request-differs': {
    title: '요청 키가 이미 다른 요청에 쓰였습니다',
    help: '이전과 같은 내용을 보내거나 다른 키를 사용하십시오. 처음 제출한 작업은 그대로 유지됩니다.',
    detail: (param) =>
      `이 키로 제출된 학습 작업 ${quote(param('job'))}과(와) ${param('field')} 항목이 다릅니다.`,
  },
  'gpu.no-output': {
    title: '보관된 작업 출력이 없습니다',
    help: '작업이 실행되면 다시 시도하십시오. 작업의 상태는 GET /v1/gpu/jobs/ID로 확인할 수 있으며, 시도 번호는 1부터 시작합니다.',
    detail: (param) =>
      `학습 작업 ${quote(param('job'))}의 ${param('attempt')}번째 시도에는 ${param('stream')} 출력이 없습니다.`,
  },
  'gpu.output-range': {
    title: '요청한 출력 바이트가 없습니다',
    help: '보관된 범위의 바이트를 요청하거나 "bytes=-10000"처럼 마지막 부분을 요청하십시오.',
    detail: (param) =>
      `${quote(param('range'))}은(는) 출력 범위를 벗어났습니다. 보관된 바이트: ${param('first')}부터 ${param('end')} 앞까지.`,
  },
  'gpu.decision-not-found': {
    title: '해당하는 계획 결정이 없습니다',
    help: '작업을 시작한 결정은 작업의 이력에서 확인하십시오. 결정은 TAIN_GPU_DECISION_KEEP_DAYS 동안 보관됩니다.',
    detail: (param) => `위치 ${param('position')}에 보관된 계획 결정이 없습니다.`,
  },
  'gpu.currency-changed': {
    title: '기간 안에 통화가 다른 가격이 있습니다',
    help: '통화가 바뀌기 전의 날짜와 바뀐 뒤의 날짜를 따로 조회하십시오.',
    detail: (param) =>
      `${param('day')} 전의 가격은 ${param('before')}, 그날부터는 ${param('currency')}이므로 합산할 수 없습니다.`,
  },
  'gpu.range': {
    title: '답할 수 없는 기간입니다',
    help: 'from과 to를 2026-11-21과 같은 날짜로 지정하십시오. to는 from보다 앞설 수 없으며 최대 92일입니다.',
    detail: (param) => `${param('from')}부터 ${param('to')}까지 ${param('days')}일입니다.`,
  },
};
