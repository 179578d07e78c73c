import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseStart } from '../../../domain/gpu/mig-placement.ts';
import { findProfile, maskAt, MIG_CARDS } from '../../../domain/gpu/mig-profiles.ts';
import { layOut, migResource, profileOf } from '../../../domain/gpu/mig-resources.ts';
import type { MigInstance } from '../../../domain/gpu/model.ts';

const GPU = 'nvidia.com/gpu';
const H100 = 'H100-80GB';
const countsOf = (cards: readonly (readonly { readonly profile: string }[])[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { profile } of cards.flat()) counts.set(profile, (counts.get(profile) ?? 0) + 1);
  return counts;
};
const shapeOf = (parts: readonly MigInstance[]): string => parts.map(({ profile }) => profile).join(' ');

/** Models with profiles in any order: a card is cut into what of them has a place. */
const cardsCut = fc
  .constantFrom(...MIG_CARDS.keys())
  .chain((model) =>
    fc.record({
      model: fc.constant(model),
      cards: fc.array(
        fc.array(fc.constantFrom(...MIG_CARDS.get(model)!.profiles), { minLength: 1, maxLength: 9 }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  )
  .map(({ model, cards }) => ({
    model,
    cards: cards.map((wishes) => {
      let taken = 0;
      return wishes.flatMap((profile) => {
        const start = chooseStart(model, profile, taken);
        if (start === null) return [];
        taken |= maskAt(profile, start);
        return [{ profile: profile.name, start, slices: profile.memorySlices }];
      });
    }),
  }));

describe('resources of MIG instances', () => {
  it('are named by the profile beside the resource of whole GPUs, the one with media engines without its "+"', () => {
    expect(migResource(GPU, '1g.10gb')).toBe('nvidia.com/mig-1g.10gb');
    expect(migResource(GPU, '1g.10gb+me')).toBe('nvidia.com/mig-1g.10gb.me');
    expect(migResource('gpus', '1g.5gb')).toBe('mig-1g.5gb');
  });

  it('say which profile they are of, and others that they are of none', () => {
    for (const { profiles } of MIG_CARDS.values())
      for (const { name } of profiles) expect(profileOf(GPU, migResource(GPU, name))).toBe(name);
    for (const other of [GPU, 'nvidia.com/gpu.shared', 'amd.com/mig-1g.10gb', 'cpu', 'mig-1g.10gb'])
      expect(profileOf(GPU, other)).toBeNull();
  });
});

describe('cards that are laid out from counts', () => {
  it.each([
    ['all-1g.10gb', { '1g.10gb': 56 }, Array(8).fill('1g.10gb '.repeat(7).trim())],
    ['all-1g.20gb', { '1g.20gb': 32 }, Array(8).fill('1g.20gb '.repeat(4).trim())],
    ['all-3g.40gb', { '3g.40gb': 16 }, Array(8).fill('3g.40gb 3g.40gb')],
    [
      'all-balanced',
      { '1g.10gb': 16, '2g.20gb': 8, '3g.40gb': 8 },
      Array(8).fill('1g.10gb 1g.10gb 2g.20gb 3g.40gb'),
    ],
    ['one whole and one in seven', { '7g.80gb': 1, '1g.10gb': 7 }, ['7g.80gb', '1g.10gb '.repeat(7).trim()]],
    ['one with media', { '1g.10gb+me': 1, '1g.10gb': 6 }, ['1g.10gb '.repeat(6) + '1g.10gb+me']],
  ])('are as many as %s cuts, and cut like them', (_, counts, shapes) => {
    const found = layOut(H100, new Map(Object.entries(counts)), 30)!;
    const sorted = (parts: readonly string[]): string[] =>
      parts.map((one) => one.split(' ').sort().join(' ')).sort();
    expect(sorted(found.map(shapeOf))).toEqual(sorted(shapes as string[]));
  });

  it('are none of a model without MIG, nor of profiles that it does not have', () => {
    expect(layOut('NVIDIA-L40S', new Map([['1g.10gb', 7]]), 30)).toEqual([]);
    expect(layOut(H100, new Map([['1g.5gb', 7]]), 30)).toEqual([]);
    expect(layOut(H100, new Map(), 30)).toEqual([]);
  });

  it('are null where so many instances fit on no so many cards, and quickly so for counts that are absurd', () => {
    expect(layOut(H100, new Map([['7g.80gb', 3]]), 2)).toBeNull();
    expect(layOut(H100, new Map([['1g.10gb', 2 ** 40]]), 30)).toBeNull();
    expect(layOut(H100, new Map([['1g.10gb', 1]]), 0)).toBeNull();
  });

  it('have each instance once, where its profile may lie and nothing else does', () => {
    fc.assert(
      fc.property(cardsCut, ({ model, cards }) => {
        const found = layOut(model, countsOf(cards), 30)!;
        expect(countsOf(found)).toEqual(countsOf(cards));
        for (const parts of found) {
          let taken = 0;
          for (const { profile: name, start, slices } of parts) {
            const profile = findProfile(model, name)!;
            expect(profile.starts).toContain(start);
            expect(slices).toBe(profile.memorySlices);
            expect(taken & maskAt(profile, start)).toBe(0);
            taken |= maskAt(profile, start);
          }
        }
        expect(layOut(model, countsOf(cards), 30)).toEqual(found);
      }),
    );
  });

  it('are as many as are known to be cut where each can have an instance, and no more than there are places', () => {
    const shapes = (counts: Record<string, number>, least: number, most = 30) =>
      layOut(H100, new Map(Object.entries(counts)), most, least)!
        .map((parts) => parts.map(({ profile }) => profile).sort())
        .map((parts) => parts.join(' '));
    expect(shapes({ '2g.20gb': 2, '1g.10gb': 2 }, 2)).toEqual(['1g.10gb 2g.20gb', '1g.10gb 2g.20gb']);
    expect(shapes({ '2g.20gb': 2, '1g.10gb': 2 }, 0)).toHaveLength(1);
    expect(shapes({ '1g.10gb': 2 }, 3)).toEqual(['1g.10gb', '1g.10gb']);
    expect(shapes({ '1g.10gb': 7 }, 5, 3)).toHaveLength(3);
    expect(shapes({ '7g.80gb': 3 }, 2)).toHaveLength(3);
    expect(shapes({ '1g.10gb': 7 }, -3)).toHaveLength(1);
  });

  it('are no fewer than are known, none without an instance, and still there whenever they would be without that', () => {
    fc.assert(
      fc.property(cardsCut, fc.integer({ min: -2, max: 12 }), ({ model, cards }, spare) => {
        const counts = countsOf(cards);
        const fewest = layOut(model, counts, 30)!.length;
        const found = layOut(model, counts, 30, cards.length + spare)!;
        const parts = [...counts.values()].reduce((sum, count) => sum + count, 0);
        expect(found.length).toBeGreaterThanOrEqual(Math.min(cards.length + spare, parts));
        expect(found.length).toBeGreaterThanOrEqual(fewest);
        if (cards.length + spare >= fewest) expect(found.length).toBe(Math.min(cards.length + spare, parts));
        expect(found.filter((card) => card.length === 0)).toEqual([]);
        expect(countsOf(found)).toEqual(counts);
      }),
    );
  });

  it('are no more than those that were cut alike', () => {
    fc.assert(
      fc.property(cardsCut, fc.integer({ min: 1, max: 8 }), ({ model, cards: [card] }, count) => {
        const alike = Array.from({ length: count }, () => card!);
        expect(layOut(model, countsOf(alike), count)).not.toBeNull();
      }),
    );
  });
});
