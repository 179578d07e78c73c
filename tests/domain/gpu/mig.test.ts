import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseCut, chooseStart, cutRoomTable, roomTable } from '../../../domain/gpu/mig-placement.ts';
import { findProfile, maskAt, MIG_CARDS, type MigProfile } from '../../../domain/gpu/mig-profiles.ts';

/** All ways to cut a card with these profiles to which nothing more can be added, as sorted texts. */
function maximalLayouts(profiles: readonly MigProfile[]): string[] {
  const places = profiles.flatMap((profile) => profile.starts.map((start) => ({ profile, start })));
  const layouts: string[] = [];
  const extend = (from: number, taken: number, chosen: readonly string[]): void => {
    const isFull = places.every(({ profile, start }) => (maskAt(profile, start) & taken) !== 0);
    if (isFull) layouts.push(chosen.join(' '));
    for (let at = from; at < places.length; at += 1) {
      const { profile, start } = places[at]!;
      const mask = maskAt(profile, start);
      if ((mask & taken) === 0) extend(at + 1, taken | mask, [...chosen, `${profile.name}@${start}`]);
    }
  };
  extend(0, 0, []);
  return layouts;
}

const multiset = (layout: string): string =>
  layout
    .split(' ')
    .map((instance) => instance.split('@')[0]!)
    .sort()
    .join(' ');

const plain = (model: string): readonly MigProfile[] =>
  MIG_CARDS.get(model)!.profiles.filter(({ hasMedia }) => !hasMedia);

describe('the layouts of a card with seven compute slices', () => {
  const isDouble = ({ computeSlices, memorySlices }: MigProfile) => computeSlices === 1 && memorySlices === 2;

  it('are the 19 of NVIDIA, 14 when places do not count', () => {
    const layouts = maximalLayouts(plain('A100-80GB').filter((profile) => !isDouble(profile)));

    expect(layouts).toHaveLength(19);
    expect(new Set(layouts.map(multiset)).size).toBe(14);
    expect(layouts.map(multiset)).toContain('1g.10gb 2g.20gb 4g.40gb');
  });

  it('are 78 with the instance of one slice and double memory, 38 when places do not count', () => {
    const layouts = maximalLayouts(plain('A100-80GB'));

    expect(layouts).toHaveLength(78);
    expect(new Set(layouts.map(multiset)).size).toBe(38);
  });
});

describe('profiles', () => {
  it.each([
    ['A100-40GB', ['1g.5gb', '1g.5gb+me', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']],
    ['H100-NVL-94GB', ['1g.12gb', '1g.12gb+me', '1g.24gb', '2g.24gb', '3g.47gb', '4g.47gb', '7g.94gb']],
    ['H200-141GB', ['1g.18gb', '1g.18gb+me', '1g.35gb', '2g.35gb', '3g.71gb', '4g.71gb', '7g.141gb']],
    ['A30-24GB', ['1g.6gb', '2g.12gb', '4g.24gb']],
  ])('of %s are named as the driver does', (model, names) => {
    expect(MIG_CARDS.get(model)!.profiles.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    ['1g.10gb', 7],
    ['1g.10gb+me', 1],
    ['1g.20gb', 4],
    ['2g.20gb', 3],
    ['3g.40gb', 2],
    ['4g.40gb', 1],
    ['7g.80gb', 1],
  ])('%s fits %d times on an empty H100', (name, most) => {
    expect(roomTable('H100-80GB', name)![0]).toBe(most);
  });

  it('do not exist on a card without MIG', () => {
    expect(findProfile('RTX-4090', '1g.10gb')).toBeUndefined();
    expect(roomTable('RTX-4090', '1g.10gb')).toBeUndefined();
  });
});

describe('a card that is cut already', () => {
  const model = 'H100-80GB';
  const instances = [
    { profile: '1g.10gb', start: 5, slices: 1 },
    { profile: '1g.10gb', start: 2, slices: 1 },
    { profile: '2g.20gb', start: 0, slices: 2 },
  ];
  const profile = findProfile(model, '1g.10gb')!;

  it('has room for what it is cut into, one after the other, and for nothing else', () => {
    const room = cutRoomTable(model, '1g.10gb', instances)!;

    expect([room[0], room[1 << 2], room[(1 << 2) | (1 << 5)]]).toEqual([2, 1, 0]);
    expect(chooseCut(profile, instances, 0)).toBe(2);
    expect(chooseCut(profile, instances, 1 << 2)).toBe(5);
    expect(chooseCut(profile, instances, (1 << 2) | (1 << 5))).toBeNull();
    expect(cutRoomTable(model, '3g.40gb', instances)).toBeUndefined();
  });

  it('gives nothing of what is left of another model with the same name of a profile', () => {
    // 1g.10gb takes two slices there.
    expect(cutRoomTable('A100-40GB', '1g.10gb', instances)).toBeUndefined();
  });
});

describe('the place of an instance', () => {
  it('leaves room for the largest that may still come', () => {
    const profile = findProfile('H100-80GB', '1g.10gb')!;
    const start = chooseStart('H100-80GB', profile, 0)!;

    expect(roomTable('H100-80GB', '4g.40gb')![1 << start]).toBe(1);
    expect(roomTable('H100-80GB', '3g.40gb')![1 << start]).toBe(1);
  });

  it('is a place of its profile that is free, whenever there is one', () => {
    const cards = [...MIG_CARDS.values()].flatMap(({ model, profiles }) =>
      profiles.map((profile) => ({ model, profile })),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...cards),
        fc.integer({ min: 0, max: 511 }),
        ({ model, profile }, taken) => {
          const start = chooseStart(model, profile, taken);
          expect(start !== null).toBe(roomTable(model, profile.name)![taken]! > 0);
          if (start === null) return;
          expect(profile.starts).toContain(start);
          expect(maskAt(profile, start) & taken).toBe(0);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
