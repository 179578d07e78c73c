/**
 * MIG instances as a cluster has them: counts of each profile of a node, under resources of its device plugin (strategy `mixed`).
 * Which of them a pod gets its node alone knows, so that they are places of cards that are laid out here.
 */
import { chooseStart } from './mig-placement.ts';
import { findProfile, maskAt, MIG_CARDS, type MigProfile } from './mig-profiles.ts';
import type { MigInstance } from './model.ts';

const PREFIX = 'mig-';
/** A name of a resource has no "+". */
const MEDIA = ['+me', '.me'] as const;

const stemOf = (gpuResource: string): string =>
  `${gpuResource.slice(0, gpuResource.lastIndexOf('/') + 1)}${PREFIX}`;

/** What instances of a profile are asked for as, beside whole GPUs: `nvidia.com/mig-1g.10gb.me` for `1g.10gb+me`. */
export const migResource = (gpuResource: string, profile: string): string =>
  `${stemOf(gpuResource)}${profile.replace(...MEDIA)}`;

/** The profile that a resource is instances of, whether a card has such or not; null: it is of something else. */
export function profileOf(gpuResource: string, resource: string): string | null {
  const stem = stemOf(gpuResource);
  if (!resource.startsWith(stem)) return null;
  const name = resource.slice(stem.length);
  return name.endsWith(MEDIA[1]) ? `${name.slice(0, -MEDIA[1].length)}${MEDIA[0]}` : name;
}

/**
 * Cards that are cut into so many instances, as few as can be and alike: as a tool cuts all cards of a node.
 * @param counts of instances by profile; such as the model does not have are left out
 * @param most cards
 * @param least cards that it is known to be, which what is idle of them costs; each of them has an instance
 * @returns of each card what it is cut into, from its first slice on; null: so many fit on no so many cards
 */
export function layOut(
  model: string,
  counts: ReadonlyMap<string, number>,
  most: number,
  least = 0,
): MigInstance[][] | null {
  const card = MIG_CARDS.get(model);
  const wanted = (card?.profiles ?? [])
    .flatMap((profile) =>
      Array<MigProfile>(Math.min(counts.get(profile.name) ?? 0, (most + 1) * 8)).fill(profile),
    )
    // The largest first, which have the fewest places; of equal ones such as have fewer.
    .sort(
      (one, other) =>
        other.memorySlices - one.memorySlices ||
        one.starts.length - other.starts.length ||
        Number(other.hasMedia) - Number(one.hasMedia),
    );
  const slices = wanted.reduce((sum, { memorySlices }) => sum + memorySlices, 0);
  const fewest = Math.ceil(slices / (card?.memorySlices ?? 1));
  // One without an instance would be one that may be cut as jobs ask for it.
  const known = Math.min(least, most, wanted.length);
  for (let cards = Math.max(fewest, known); cards <= most; cards += 1) {
    const found = spread(model, wanted, cards);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Why instances lie on no card that was laid out.
 * @param laidOut what came of the same counts and so many cards at most; null: they fit on no so many
 * @returns null: each lies on one
 */
export function whyLeftOut(
  model: string,
  counts: ReadonlyMap<string, number>,
  laidOut: readonly unknown[] | null,
  most: number,
): string | null {
  const found = [...counts].filter(([, count]) => count > 0);
  const say = (all: typeof found, why: string): string[] =>
    all.length === 0
      ? []
      : [
          `its ${all.map(([profile, count]) => `${count} × ${profile}`).join(', ')} are not given out: ${why}`,
        ];
  const hint = MIG_CARDS.has(model) ? '' : ' (name its model in `models`)';
  const reasons = [
    ...say(
      found.filter(([profile]) => !findProfile(model, profile)),
      `${model} is not known to be cut into them${hint}`,
    ),
    ...say(
      laidOut === null ? found.filter(([profile]) => findProfile(model, profile)) : [],
      `they do not lie on ${most} cards, which are all that it has places for beside whole ones`,
    ),
  ];
  return reasons.length === 0 ? null : reasons.join('; ');
}

/** Each on the card with the most left that has a place for it. */
function spread(model: string, wanted: readonly MigProfile[], cards: number): MigInstance[][] | null {
  const taken = Array<number>(cards).fill(0);
  const used = Array<number>(cards).fill(0);
  const found = taken.map((): MigInstance[] => []);
  for (const profile of wanted) {
    let [best, start] = [-1, -1];
    for (let at = 0; at < cards; at += 1) {
      if (best >= 0 && used[at]! >= used[best]!) continue;
      const place = chooseStart(model, profile, taken[at]!);
      if (place !== null) [best, start] = [at, place];
    }
    if (best < 0) return null;
    taken[best]! |= maskAt(profile, start);
    used[best]! += profile.memorySlices;
    found[best]!.push({ profile: profile.name, start, slices: profile.memorySlices });
  }
  return found.map((parts) => parts.sort((one, other) => one.start - other.start));
}
