/** The tables by which the rules of sequence judge: which event an action may carry, and where it leads a swap. */
import {
  ACTION_TYPES,
  EVENT_TYPES,
  isAllowed,
  isWithoutEvent,
  pairOf,
  type ActionType,
  type EventType,
  type Evidence,
  type Part,
} from '../domain/cftc/action-events.ts';
import { SWAP_STATUSES, transitionOf, type SwapStatus } from '../domain/cftc/swap-states.ts';
import type { Confidence } from '../domain/cftc/rules.ts';
import { table } from './rule-page-parts.ts';

const NONE = '–';

const EVIDENCE_MARKS: Readonly<Record<Evidence, string>> = {
  'two sources': '²',
  'one source': '¹',
  absence: '',
};

const CONFIDENCE_MARKS: Readonly<Record<Confidence, string>> = {
  source: '',
  'general-knowledge': ' (GK)',
  inferred: ' (I)',
  own: '',
};

/** The tables, as the end of the page about the order of messages. */
export function renderSequenceTables(): string {
  return [
    '## Actions and events / 액션과 이벤트',
    'Which Event type (#27) an Action type (#26) may carry: 43+45 in both parts, 45 in part 45 only, – in neither. ² two sources name the cell: the worked examples and footnotes of the specification, and the encoding of the table in ISDA DRR 6.10.0; ¹ one of them does. – means that none lists the pair: the check marks of the published table cannot be read in any text of it.',
    'Action type(#26)과 함께 쓸 수 있는 Event type(#27)입니다. 43+45는 두 파트 모두, 45는 파트 45에서만 허용되고, –는 어느 파트에서도 허용되지 않습니다. ²는 출처 두 곳(명세의 예제와 각주, ISDA DRR 6.10.0에 옮겨진 표), ¹은 그중 한 곳에서 확인했습니다. –는 어느 출처에도 없는 조합입니다. 공개된 표의 체크 표시는 어떤 텍스트에서도 읽을 수 없었습니다.',
    table(
      ['#26 \\ #27', '(blank / 없음)', ...EVENT_TYPES],
      ACTION_TYPES.map((action) => [
        action,
        bareMark(action),
        ...EVENT_TYPES.map((event) => pairMark(action, event)),
      ]),
    ),
    '## States of a swap / 스왑의 상태',
    'Where an action leads a swap from a state; – is refused. "same" keeps the state, "restored" takes back the one before the error. A swap is matured when its expiration date (#95) has passed, without a message. NEWT of a swap that was transferred out needs the event PTNG. (I) is our conclusion, (GK) is commonly known; the rest is of the source.',
    '각 상태에서 액션이 스왑을 어느 상태로 옮기는지 보여 줍니다. –는 거부되고, same은 상태를 유지하며, restored는 오류 취소 이전의 상태로 되돌립니다. 만기일(#95)이 지나면 메시지 없이 matured가 됩니다. 이전된(transferred-out) 스왑의 NEWT에는 이벤트 PTNG가 필요합니다. (I)는 저희의 추론, (GK)는 일반 지식이며 나머지는 원문에 따른 것입니다.',
    '### Part 45 / 파트 45',
    stateTable(45),
    '### Part 43 / 파트 43',
    'Judged only to warn (`sequence.action-part-43`). / 경고에만 사용합니다(`sequence.action-part-43`).',
    stateTable(43),
  ].join('\n\n');
}

const partsOf = (action: ActionType, event: EventType | null): string => {
  const parts = ([43, 45] as const).filter((part) => isAllowed(action, event, part));
  return parts.length === 0 ? NONE : parts.join('+');
};

const bareMark = (action: ActionType): string => (isWithoutEvent(action) ? partsOf(action, null) : NONE);

function pairMark(action: ActionType, event: EventType): string {
  const pair = pairOf(action, event);
  return pair === null ? NONE : partsOf(action, event) + EVIDENCE_MARKS[pair.evidence];
}

const stateTable = (part: Part): string =>
  table(
    ['state / 상태', ...ACTION_TYPES],
    SWAP_STATUSES.map((status) => [
      status,
      ...ACTION_TYPES.map((action) => transitionMark(status, action, part)),
    ]),
  );

function transitionMark(status: SwapStatus, action: ActionType, part: Part): string {
  // The one event that is asked of a state; the others take any.
  const transition = transitionOf(status, action, status === 'transferred-out' ? 'PTNG' : null, part);
  return transition === null ? NONE : transition.to + CONFIDENCE_MARKS[transition.confidence];
}
