/**
 * MIG as the cards have it: which profiles, how many memory slices each takes, at which slices it may begin. From
 * NVIDIA's MIG user guide, mig-parted's default configuration and the placements of NVML. Cards that are not here
 * (RTX 4090) have no MIG.
 */

export type MigProfile = {
  readonly name: string;
  readonly computeSlices: number;
  readonly memorySlices: number;
  /** First memory slices that it may lie at. */
  readonly starts: readonly number[];
  /** Does it take the media engine, of which a card has one to give? */
  readonly hasMedia: boolean;
};

export type MigCard = {
  readonly model: string;
  readonly memorySlices: number;
  readonly profiles: readonly MigProfile[];
};

/** The slice that stands for the media engine. */
export const MEDIA_SLICE = 8;

const SEVEN_SLICES = {
  '1g': { computeSlices: 1, memorySlices: 1, starts: [0, 1, 2, 3, 4, 5, 6] },
  '1g double': { computeSlices: 1, memorySlices: 2, starts: [0, 2, 4, 6] },
  '2g': { computeSlices: 2, memorySlices: 2, starts: [0, 2, 4] },
  '3g': { computeSlices: 3, memorySlices: 4, starts: [0, 4] },
  '4g': { computeSlices: 4, memorySlices: 4, starts: [0] },
  '7g': { computeSlices: 7, memorySlices: 8, starts: [0] },
};

const FOUR_SLICES = {
  '1g': { computeSlices: 1, memorySlices: 1, starts: [0, 1, 2, 3] },
  '2g': { computeSlices: 2, memorySlices: 2, starts: [0, 2] },
  '4g': { computeSlices: 4, memorySlices: 4, starts: [0] },
};

/** A card of 8 memory slices from its memory sizes, in GB, of the six kinds above. */
function sevenSlices(
  model: string,
  sizes: readonly [number, number, number, number, number, number],
): MigCard {
  const kinds = Object.entries(SEVEN_SLICES);
  const plain = kinds.map(([kind, layout], at) => ({
    name: `${kind.slice(0, 2)}.${sizes[at]}gb`,
    ...layout,
    hasMedia: false,
  }));
  const media = { ...plain[0]!, name: `${plain[0]!.name}+me`, hasMedia: true };
  return { model, memorySlices: 8, profiles: [plain[0]!, media, ...plain.slice(1)] };
}

function fourSlices(model: string, sizes: readonly [number, number, number]): MigCard {
  const profiles = Object.entries(FOUR_SLICES).map(([kind, layout], at) => ({
    name: `${kind}.${sizes[at]}gb`,
    ...layout,
    hasMedia: false,
  }));
  return { model, memorySlices: 4, profiles };
}

/** By model. */
export const MIG_CARDS: ReadonlyMap<string, MigCard> = new Map(
  [
    sevenSlices('A100-40GB', [5, 10, 10, 20, 20, 40]),
    sevenSlices('A100-80GB', [10, 20, 20, 40, 40, 80]),
    sevenSlices('H100-80GB', [10, 20, 20, 40, 40, 80]),
    sevenSlices('H100-NVL-94GB', [12, 24, 24, 47, 47, 94]),
    sevenSlices('H200-141GB', [18, 35, 35, 71, 71, 141]),
    sevenSlices('B200-180GB', [23, 45, 45, 90, 90, 180]),
    sevenSlices('GB200-186GB', [23, 47, 47, 93, 93, 186]),
    sevenSlices('B300-269GB', [34, 67, 67, 135, 135, 269]),
    fourSlices('A30-24GB', [6, 12, 24]),
    fourSlices('RTX-PRO-6000-96GB', [24, 48, 96]),
  ].map((card) => [card.model, card]),
);

/** A profile of a card by its name; undefined when the model has no MIG, or not that profile. */
export const findProfile = (model: string, name: string): MigProfile | undefined =>
  MIG_CARDS.get(model)?.profiles.find((profile) => profile.name === name);

/** The slices of an instance as bits. */
export const maskAt = (profile: MigProfile, start: number): number =>
  (((1 << profile.memorySlices) - 1) << start) | (profile.hasMedia ? 1 << MEDIA_SLICE : 0);
