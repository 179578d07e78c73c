/** The words of the proof of a feed, in Korean. */
import type { FeedDifferenceKind } from '../feed-verification.ts';

/** Sentences without the place in front. */
export const KOREAN_FEED_DIFFERENCES: Readonly<
  Record<FeedDifferenceKind, (expected: string, actual: string) => string>
> = {
  missing: () => '저널에 없으며, 알려진 누락 구간에도 속하지 않습니다.',
  beyond: (expected) => `체크포인트는 ${expected}이지만 저널에 이미 기록되어 있습니다.`,
  'gap-overlap': () => '두 누락 구간에 동시에 속합니다.',
  'gap-beyond': (expected) => `체크포인트는 ${expected}이지만 누락 구간에 속합니다.`,
  'gap-journalled': () => '누락 구간이 열려 있다고 기록되어 있지만 저널에 있습니다.',
  'gap-unfilled': () => '누락 구간이 채워졌다고 기록되어 있지만 저널에 없습니다.',
  basis: (expected) =>
    `다시 판정할 수 없습니다. ${expected}이(가) 보관되어 있지 않거나 그 버전의 내용과 다릅니다.`,
  verdict: (expected, actual) => `저장된 판정은 ${actual}이지만 바이트의 판정은 ${expected}입니다.`,
  key: (expected, actual) =>
    `저장된 키는 ${actual || '없음'}이지만 바이트의 키는 ${expected || '없음'}입니다.`,
  issues: (expected, actual) =>
    `저장된 지적 사항은 ${actual || '없음'}이지만 바이트의 지적 사항은 ${expected || '없음'}입니다.`,
  'event-missing': (expected) => `수리되었지만 원장에 ${expected}의 이벤트가 없습니다.`,
  'event-extra': (_, actual) => `원장에 ${actual}의 이벤트가 있지만 이를 만드는 수리된 메시지가 없습니다.`,
  'event-content': (expected, actual) => `메시지는 ${expected}이지만 원장에는 ${actual}이(가) 있습니다.`,
  'outcome-missing': (_, actual) => `원장에 ${actual}의 이벤트가 있지만 그 처리 결과가 없습니다.`,
  'outcome-extra': (_, actual) => `원장에 없는 이벤트의 처리 결과가 ${actual}(으)로 기록되어 있습니다.`,
  outcomes: (expected, actual) =>
    `원장의 처리 결과 합계는 ${actual}이지만 수리된 메시지는 ${expected}건입니다.`,
};
