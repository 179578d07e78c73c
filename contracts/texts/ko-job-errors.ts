/** 학습 실행(템플릿, 경로, 실행기, 결과) 오류의 문구. 전체 오류 문구에 펼쳐 넣는다. */
import type { JobErrorCode } from '../errors.ts';
import { quote, type ErrorWords, type Param } from './shape.ts';

const PATH_RULES: Readonly<Record<string, (param: Param) => string>> = {
  text: () => '파일 또는 폴더 이름이어야 합니다',
  nul: () => 'NUL 문자가 들어 있습니다',
  'too-long': (param) => `${param('limit')}바이트를 초과합니다`,
  traversal: () => '".."이 들어 있습니다',
  outside: (param) => `허용된 폴더(${param('limit')}) 아래에 있지 않습니다`,
  link: (param) => `중간의 링크가 허용된 폴더(${param('limit')}) 밖으로 나갑니다`,
  moved: (param) => `제출할 때와 달리 ${param('limit')}(으)로 이어집니다`,
  missing: () => '이 이름의 파일이나 폴더가 없습니다',
  'no-file': () => '파일이 아닙니다',
  'no-folder': () => '폴더가 아닙니다',
  'too-large': (param) => `${param('limit')}바이트보다 큽니다`,
  unreadable: () => 'Tain을 실행하는 사용자가 읽을 수 없습니다',
  unwritable: () => 'Tain을 실행하는 사용자가 쓸 수 없습니다',
};

const PARAMETER_RULES: Readonly<Record<string, (param: Param) => string>> = {
  unknown: (param) => `템플릿에 이 이름의 매개변수가 없습니다(있는 것: ${param('limit')})`,
  integer: () => '정수여야 합니다',
  number: () => '숫자여야 합니다',
  range: (param) => `허용 범위는 ${param('limit')}입니다`,
  choice: (param) => `다음 중 하나여야 합니다: ${param('limit')}`,
  length: (param) => `최대 ${param('limit')}자의 텍스트여야 합니다`,
  pattern: (param) => `${param('limit')} 형식이어야 하며 "-"로 시작할 수 없습니다`,
};

const RESULT_PROBLEMS: Readonly<Record<string, (param: Param) => string>> = {
  missing: () => '목록에 있으나 파일이 없습니다',
  unlisted: () => '파일이 있으나 목록에 없습니다',
  bytes: (param) => `목록에는 ${param('said')}바이트, 실제는 ${param('found')}바이트입니다`,
  sha256: (param) => `목록의 SHA-256은 ${param('said')}, 실제는 ${param('found')}입니다`,
  'listed-twice': () => '목록에 두 번 있습니다',
  entry: (param) => `폴더 안의 path, bytes, sha256 항목이 아닙니다: ${quote(param('said'))}`,
  'no-file': () => '링크이거나 일반 파일이 아닙니다',
  unreadable: () => '읽을 수 없거나 이름이 UTF-8이 아닙니다',
  'too-large': (param) => `${param('found')}바이트를 더하면 한 실행에서 보관하는 양을 넘습니다`,
  manifest: () => '{"files": [{"path", "bytes", "sha256"}]} 형식의 JSON이 아닙니다',
};

const WAITS: Readonly<Record<string, string>> = {
  refused: '클러스터가 파드 생성을 허용하지 않습니다',
  image: '이미지를 가져올 수 없거나 컨테이너를 만들 수 없습니다',
  controller:
    'Argo 컨트롤러가 아직 확인하지 않았습니다. 이 네임스페이스를 담당하는 컨트롤러가 실행 중인지 확인하십시오',
  slow: '노드가 아직 시작하지 않았습니다',
};

/** 클러스터에 자리가 없는 까닭. */
const NO_ROOM: Readonly<Record<string, string>> = {
  unschedulable: '자리가 있는 노드가 없습니다',
  'node-gone': '계획된 노드가 더 이상 클러스터에 없습니다',
  quota: '네임스페이스의 할당량을 모두 사용했습니다',
};

/** 레지스트리에 없는 것. */
const MISSING_IMAGES: Readonly<Record<string, (param: Param) => string>> = {
  repository: () => '이 이름의 저장소가 없습니다',
  tag: () => '이 태그가 없습니다',
  digest: () => '이 다이제스트를 가진 이미지가 없습니다',
  pinned: (param) => `이 작업이 전에 실행한 ${param('digest')}이(가) 더 이상 없습니다(현재 태그와 관계없음)`,
};

/** 레지스트리에서 이미지를 확인하지 못한 까닭. */
const UNCHECKED: Readonly<Record<string, string>> = {
  unreachable: '연결할 수 없습니다',
  slow: '제시간에 응답하지 않습니다',
  untrusted: '인증서를 신뢰할 수 없습니다',
  status: '정상적으로 응답하지 않습니다',
  denied: 'Tain의 조회를 허용하지 않습니다',
  answer: '응답을 사용할 수 없습니다',
  settings: '레지스트리 설정을 사용할 수 없습니다',
};

const say = (rules: Readonly<Record<string, (param: Param) => string>>, param: Param, name: string): string =>
  rules[param(name)]?.(param) ?? param(name);

export const KOREAN_JOB_ERRORS: Readonly<Record<JobErrorCode, ErrorWords>> = {
  'job.template-unknown': {
    title: '해당하는 템플릿이 없습니다',
    help: '등록된 템플릿 중 하나를 지정하십시오. 템플릿에 있는 것만 실행됩니다.',
    detail: (param) => `템플릿(${param('known')})에 없는 이름입니다: ${quote(param('template'))}.`,
  },
  'job.parameter-invalid': {
    title: '작업의 매개변수가 올바르지 않습니다',
    help: '템플릿이 허용하는 값을 지정하십시오.',
    detail: (param) =>
      `${param('template')} 템플릿의 매개변수 ${quote(param('parameter'))} 값 ${quote(param('value'))}: ${say(PARAMETER_RULES, param, 'rule')}.`,
  },
  'job.path-invalid': {
    title: '작업의 경로가 거부되었습니다',
    help: '학습용 폴더 아래에 있는 파일과 폴더를 지정하십시오. ".."이나 밖으로 나가는 링크는 쓸 수 없습니다.',
    detail: (param) => `${param('field')} 경로 ${quote(param('value'))}: ${say(PATH_RULES, param, 'rule')}.`,
  },
  'job.name-invalid': {
    title: '실행의 이름으로 쓸 수 없습니다',
    help: '실행의 이름은 a-z, 0-9, "-"로 최대 80자입니다.',
    detail: (param) => `실행의 이름이 아닙니다: ${quote(param('name'))}.`,
  },
  'job.launch-differs': {
    title: '실행이 다른 내용으로 이미 시작되었습니다',
    help: '실행은 한 번만 시작됩니다. 다시 시도할 때는 다른 이름을 쓰십시오.',
    detail: (param) => `다른 명령, 경로 또는 장치로 시작된 실행입니다: ${quote(param('name'))}.`,
  },
  'job.start-slow': {
    title: '실행이 시작되지 않습니다',
    help: '실행 폴더의 runner.log를 확인하십시오. 장비의 부하가 너무 클 수 있습니다.',
    detail: (param) => `${param('ms')}ms가 지나도 프로그램이 시작되지 않았습니다: ${quote(param('name'))}.`,
  },
  'job.disk-full': {
    title: '실행용 디스크가 가득 찼습니다',
    help: '공간을 확보하십시오. 실행은 다시 시도됩니다.',
    detail: (param) => `${param('folder')}에 실행 ${quote(param('name'))}을(를) 위한 공간이 없습니다.`,
  },
  'job.unkillable': {
    title: '실행의 프로세스를 끝낼 수 없습니다',
    help: '드라이버나 네트워크 파일 시스템 때문에 커널에서 멈춘 상태입니다. 장치는 계속 점유됩니다. dmesg를 확인하십시오.',
    detail: (param) =>
      `SIGKILL 후 ${param('seconds')}초가 지나도 프로세스가 남아 있습니다: ${quote(param('name'))}.`,
  },
  'job.still-running': {
    title: '실행이 아직 끝나지 않았습니다',
    help: '먼저 취소하고 끝날 때까지 기다리십시오.',
    detail: (param) => `실행 중에는 제거할 수 없습니다: ${quote(param('name'))}.`,
  },
  'job.results-disagree': {
    title: '결과가 프로그램이 밝힌 것과 다릅니다',
    help: '버린 것은 없습니다. 파일을 모두 쓴 뒤 마지막에 results/manifest.json을 쓰도록 프로그램을 고치십시오.',
    detail: (param) =>
      `실행 ${quote(param('name'))}의 결과 ${quote(param('file'))}: ${say(RESULT_PROBLEMS, param, 'problem')} (차이 ${param('count')}건).`,
  },
  'job.cluster-unreachable': {
    title: 'Kubernetes 클러스터가 응답하지 않습니다',
    help: 'Tain이 자동으로 다시 시도하며, 그동안 실행은 계속됩니다. API 서버, 네트워크, kubeconfig를 확인하십시오.',
    detail: (param) =>
      `API 서버가 ${param('attempts')}번 시도하는 동안 응답하지 않았습니다. 마지막 사유: ${param('reason')}.`,
  },
  'job.cluster-refused': {
    title: '클러스터가 실행을 거부했습니다',
    help: '거부된 항목을 고치십시오: 작업, 클러스터 파일(docs/kubernetes.md) 또는 네임스페이스의 규칙.',
    detail: (param) => `거부된 실행: ${quote(param('name'))}. 사유: ${param('reason')}.`,
  },
  'job.pod-waits': {
    title: '클러스터가 아직 실행을 시작하지 않았습니다',
    help: '다시 시도됩니다. 이미지와 클러스터 규칙은 클러스터 관리자에게 문의하십시오.',
    detail: (param) =>
      `${param('seconds')}초가 지나도 파드가 실행되지 않았습니다: ${quote(param('name'))}. 사유: ${WAITS[param('rule')] ?? param('rule')}${param('reason') && ` (${param('reason')})`}.`,
  },
  'job.no-room': {
    title: '클러스터에 실행할 자리가 없습니다',
    help: '작업은 대기열로 돌아가 나중에 다시 시도되며, 재시도 횟수는 줄지 않습니다. 계획과 시작 사이에 다른 것이 자리를 차지했거나, 노드가 클러스터에서 사라졌거나, 할당량이 노드가 가진 것보다 작습니다. 모두 확인하십시오.',
    detail: (param) =>
      `${param('seconds')}초가 지나도 자리를 얻지 못했습니다: ${quote(param('name'))}. 사유: ${NO_ROOM[param('rule')] ?? param('rule')} (${param('reason')}).`,
  },
  'job.other-executor': {
    title: '다른 실행기가 시작한 실행입니다',
    help: 'TAIN_KUBERNETES_FILE과 그 파일의 "executor"를 이전 값으로 되돌려 gpu 역할을 다시 시작하고, 남은 실행이 없을 때 바꾸십시오. 그동안 실행은 계속되며 잃는 것은 없습니다.',
    detail: (param) =>
      `시작한 실행기: ${param('started')}, 여기에 설정된 실행기: ${param('here')}. 실행: ${quote(param('name'))}.`,
  },
  'job.object-taken': {
    title: '클러스터에 같은 이름의 다른 객체가 있습니다',
    help: 'Tain이 만든 것이 아니므로 건드리지 않습니다. 지우거나 이름을 바꾸거나, 학습 전용 네임스페이스를 지정하십시오.',
    detail: (param) =>
      `네임스페이스 ${param('namespace')}에 이 Tain의 것이 아닌 ${param('kind')} ${param('object')}이(가) 이미 있습니다. 실행: ${quote(param('name'))}.`,
  },
  'job.image-unknown': {
    title: '학습용 이미지가 없습니다',
    help: 'TAIN_KUBERNETES_FILE이 가리키는 파일의 "image"를 고치거나 이미지를 올리고, 파일을 고쳤다면 gpu 역할을 다시 시작한 뒤 작업을 다시 제출하십시오. 권한이 없는 이미지를 숨기는 레지스트리라면 로그인 정보("registry", docs/kubernetes.md)를 지정하십시오.',
    detail: (param) =>
      `레지스트리 ${param('registry')}에서 이미지 ${quote(param('image'))}을(를) 조회한 결과: ${say(MISSING_IMAGES, param, 'rule')}.`,
  },
  'job.image-unchecked': {
    title: '학습용 이미지를 확인하지 못했습니다',
    help: '이 실행을 위해 할 일은 없습니다. 알려진 다이제스트 또는 태그로 그대로 시작됩니다. 레지스트리, 네트워크 정책, 클러스터 파일의 "registry"를 확인하십시오(docs/kubernetes.md).',
    detail: (param) =>
      `레지스트리 ${param('registry')}에서 이미지 ${quote(param('image'))}을(를) 확인하지 못했습니다: ${UNCHECKED[param('rule')] ?? param('rule')} (${param('reason')}).`,
  },
  'kubernetes-file.invalid': {
    title: '클러스터 파일을 사용할 수 없습니다',
    help: 'TAIN_KUBERNETES_FILE이 가리키는 파일을 고치고(docs/kubernetes.md) Tain을 다시 시작하십시오.',
    detail: (param) => `${param('file')} 파일의 ${param('place')} 위치: ${param('problem')}.`,
  },
  'kubernetes-file.unreadable': {
    title: '클러스터 파일을 읽을 수 없습니다',
    help: 'TAIN_KUBERNETES_FILE의 경로와 파일 권한을 확인하십시오.',
    detail: (param) => `${param('file')} 파일을 읽을 수 없습니다(${param('reason')}).`,
  },
};
