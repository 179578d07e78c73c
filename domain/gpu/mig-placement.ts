/** Where on a card an instance goes: among the places that its profile allows, the one that spoils least for others. */
import {
  findProfile,
  maskAt,
  MEDIA_SLICE,
  MIG_CARDS,
  type MigCard,
  type MigProfile,
} from './mig-profiles.ts';
import type { MigInstance } from './model.ts';

/** Every state of a card: 8 memory slices and the media engine. */
const STATES = 1 << (MEDIA_SLICE + 1);

type CardTables = {
  /** By profile name: how many more instances of it fit, by what is taken. */
  readonly roomOf: ReadonlyMap<string, Uint8Array>;
  /** Memory slices of all placements that are still possible, by what is taken. */
  readonly worth: Uint8Array;
};

const TABLES: ReadonlyMap<string, CardTables> = new Map(
  [...MIG_CARDS.values()].map((card) => [card.model, tabulate(card)]),
);

function tabulate(card: MigCard): CardTables {
  const taken = Array.from({ length: STATES }, (_, mask) => mask);
  const roomOf = new Map(
    card.profiles.map((profile) => [
      profile.name,
      Uint8Array.from(taken, (mask) => {
        // Places of one profile never overlap, so those that are free can all be used. The media engine is one.
        const free = freeStarts(profile, mask).length;
        return profile.hasMedia ? Math.min(free, 1) : free;
      }),
    ]),
  );
  const worth = Uint8Array.from(taken, (mask) =>
    card.profiles.reduce(
      (sum, profile) =>
        sum + (profile.hasMedia ? 0 : freeStarts(profile, mask).length * profile.memorySlices),
      0,
    ),
  );
  return { roomOf, worth };
}

function freeStarts(profile: MigProfile, taken: number): number[] {
  return profile.starts.filter((start) => (maskAt(profile, start) & taken) === 0);
}

/** How many more instances of a profile fit on a card of the model, by the bits taken; undefined: none ever. */
export const roomTable = (model: string, profile: string): Uint8Array | undefined =>
  TABLES.get(model)?.roomOf.get(profile);

/**
 * The first slice for an instance on a card: of the places that are free, the one after which most other placements
 * are still possible, the last of equal ones, because the long profiles begin in front.
 * @returns null when it does not fit
 */
export function chooseStart(model: string, profile: MigProfile, taken: number): number | null {
  const { worth } = TABLES.get(model)!;
  let best: number | null = null;
  let left = -1;
  for (const start of freeStarts(profile, taken)) {
    const after = worth[taken | maskAt(profile, start)]!;
    if (after < left) continue;
    best = start;
    left = after;
  }
  return best;
}

/**
 * How many more instances of a profile a card that is cut already can give, by the bits taken; undefined: it has none.
 */
export function cutRoomTable(
  model: string,
  profileName: string,
  instances: readonly MigInstance[],
): Uint8Array | undefined {
  const profile = findProfile(model, profileName);
  const masks = profile ? startsCut(profile, instances).map((start) => maskAt(profile, start)) : [];
  if (masks.length === 0) return undefined;
  return Uint8Array.from(
    { length: STATES },
    (_, taken) => masks.filter((mask) => (mask & taken) === 0).length,
  );
}

/** The first slice of an instance of a card that is cut already that nobody holds; null when all are held. */
export const chooseCut = (
  profile: MigProfile,
  instances: readonly MigInstance[],
  taken: number,
): number | null =>
  startsCut(profile, instances).find((start) => (maskAt(profile, start) & taken) === 0) ?? null;

/** Where instances of a profile lie that can be given. Such as are left of another model of the card are none of it. */
const startsCut = (profile: MigProfile, instances: readonly MigInstance[]): number[] =>
  instances
    .filter(
      ({ profile: name, start, slices, isWithheld }) =>
        !isWithheld &&
        name === profile.name &&
        slices === profile.memorySlices &&
        profile.starts.includes(start),
    )
    .map(({ start }) => start)
    .sort((one, other) => one - other);
