/** What the worked examples of the technical specification say is published, where a checkout has them beside it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { judgePublication } from '../../../../domain/cftc/part43/reportable.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../../../shared/reference');
const isThere = existsSync(path.join(FOLDER, 'lifecycle-examples.json'));
if (!isThere) process.stderr.write(`SKIPPED: no worked examples in ${FOLDER}\n`);

type Submission = {
  readonly actionType: string;
  readonly eventType?: string;
  readonly amendmentIndicator?: boolean;
  readonly cleared?: string;
  readonly disseminated?: boolean;
};
type Example = {
  readonly example: number;
  readonly title: string;
  readonly submissions: readonly Submission[];
};
type Pair = { readonly action: string; readonly event?: string; readonly part43: boolean };

const read = (name: string): unknown => JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'));

(isThere ? describe : describe.skip)('the worked examples', () => {
  const { examples } = isThere
    ? (read('lifecycle-examples.json') as { examples: Example[] })
    : { examples: [] };
  const matrix = isThere
    ? (read('action-event-matrix.json') as { pairs: Pair[]; noEventType: Pair[] })
    : null;
  const pairs = matrix ? [...matrix.pairs, ...matrix.noEventType] : [];

  it('agree on what is published', () => {
    let judged = 0;
    for (const { example, title, submissions } of examples) {
      for (const { actionType, eventType, amendmentIndicator, cleared, disseminated } of submissions) {
        if (disseminated === undefined) continue;
        const pair = pairs.find(({ action, event }) => action === actionType && event === eventType);
        const { outcome } = judgePublication({
          action: actionType,
          event: eventType ?? null,
          amendment: amendmentIndicator ?? null,
          cleared: cleared ?? null,
          pairIsPublic: pair?.part43 ?? null,
          interAffiliate: null,
          priceForming: null,
          mirrorSwap: null,
          swapIsPublic: null,
        });
        const what = `example ${example}, ${title}: ${actionType} ${eventType ?? ''}`;
        expect(`${what} ${outcome}`).toBe(`${what} ${disseminated ? 'public' : 'not-public'}`);
        judged += 1;
      }
    }
    expect(judged).toBeGreaterThan(40);
  });
});
