import { expect, test } from '@jest/globals';
import { describeException } from '../../../contracts/texts/describe-exceptions.ts';
import { LANGUAGES } from '../../../contracts/texts/shape.ts';

const GOES_ON = { en: 'by itself', ko: '저절로 이어집니다' } as const;

test('of a delivery that failed nobody is told that it goes on by itself, but how to try it again or give it up', () => {
  for (const language of LANGUAGES) {
    const remedy = (state: string): string =>
      describeException({ kind: 'delivery-stalled', count: 1, params: { state } }, language).remedy;
    expect(remedy('sending')).toContain(GOES_ON[language]);
    for (const resting of ['failed', 'silent']) expect(remedy(resting)).not.toContain(GOES_ON[language]);
    expect(remedy('failed')).toContain('tain deliveries retry ID');
    expect(remedy('silent')).toContain('tain deliveries give-up ID');
  }
});
