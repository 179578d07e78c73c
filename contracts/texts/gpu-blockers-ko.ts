/** 학습 작업이 기다리는 이유(한국어). */
import type { BlockerTexts } from './gpu-blockers-en.ts';

export const GPU_BLOCKERS_KO: BlockerTexts = {
  held: () => '해제할 때까지 작업이 보류되어 있습니다.',
  depends: (param) => {
    if (param('condition') === 'success') return `${param('job')}이(가) 성공하기를 기다립니다.`;
    if (param('condition') === 'any') return `${param('job')}이(가) 끝나기를 기다립니다.`;
    if (param('count') !== '?') return `그 밖에 기다리는 작업: ${param('count')}건입니다.`;
    return '기다리던 작업이 모두 끝났습니다. 곧 대기 순서에 들어갑니다.';
  },
  'array-full': (param) =>
    `작업 배열은 한 번에 ${param('limit')}개까지만 실행합니다. 앞에 있는 작업 ${param('count')}개: ${param('tasks')}.`,
  'not-before': () => '장비에 여유가 없었습니다. 곧 다시 확인합니다.',
  'training-held': () => '스왑 처리를 위해 학습이 보류되어 아무것도 시작하지 않습니다. 이유: tain priority.',
  impossible: (param) =>
    `필요한 노드 ${param('nodes')}개 중 비어 있어도 조건을 갖춘 노드는 ${param('possible')}개입니다.`,
  withheld: (param) =>
    `필요한 노드 ${param('nodes')}개 중 지금 제공할 수 있는 노드: ${param('possible')}개. 사양을 갖춘 노드는 ${param('all')}개이지만 비우는 중이거나, GPU에 이상이 있거나, Tain이 아닌 다른 사용자가 쓰고 있습니다.`,
  'above-quota': (param) =>
    `GPU ${param('gpus')}개를 요청했으나 ${param('scope')} ${param('name')}의 할당량은 ${param('limit')}개입니다.`,
  'quota-full': (param) =>
    `${param('scope')} ${param('name')}: GPU ${param('used')}/${param('limit')}개 사용 중이며 ${param('gpus')}개를 요청했습니다.`,
  'quota-kept': (param) =>
    `${param('scope')} ${param('name')}: GPU ${param('used')}/${param('limit')}개 사용 중이고 ${param('kept')}개는 다른 작업이 비워 준 작업의 몫이며, ${param('gpus')}개를 요청했습니다.`,
  'room-coming': (param) =>
    `이 작업을 위해 자리를 비우는 중입니다. 종료하라는 지시를 받은 ${param('job')}에 ${param('seconds')}초가 남았습니다.`,
  'passed-over': (param) => `다른 작업을 중단시켜 자리를 마련한 ${param('job')}이(가) 먼저 시작합니다.`,
  'gpus-busy': (param) =>
    `노드 하나에서 ${param('wanted')}개를 요청했으나 한 노드에 가장 많이 비어 있는 것은 ${param('largestFree')}개입니다(충분한 노드: ${param('nodes')}개 중 ${param('nodesFree')}개).`,
  'cpus-busy': (param) =>
    `CPU ${param('wanted')}개를 요청했습니다. 여유가 있는 노드: ${param('nodes')}개 중 ${param('nodesFree')}개입니다.`,
  'memory-busy': (param) =>
    `메모리 ${param('wantedMib')}MiB를 요청했습니다. 여유가 있는 노드: ${param('nodes')}개 중 ${param('nodesFree')}개입니다.`,
  'kept-for': (param) => `자리가 있으나 앞선 ${param('job')}을(를) 위해 비워 둡니다.`,
  'freed-by': (param) => `실행 중인 ${param('job')}이(가) 끝나면 그 자리를 받습니다.`,
  'jobs-ahead': (param) => `대기열에서 앞선 작업: ${param('count')}건입니다.`,
};
