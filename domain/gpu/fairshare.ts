/**
 * Slurm's classic fairshare (PriorityFlags=NO_FAIR_TREE, `classic_fair_share.shtml`):
 * F = 2^(-(U_E / S) / d), with S the share of the whole down the tree and U_E the effective use, which takes over from
 * the parent what siblings used: U_E = U_A + (U_E(parent) - U_A) · shares / shares of all siblings. In the first tier
 * U_E = U_A, the part of all use that is one's own.
 */
import type { Account, UserShare } from './model.ts';

type Entity = {
  readonly parent: Entity | null;
  readonly shares: number;
  /** Of the siblings, itself included. */
  siblingShares: number;
  used: number;
};

export type ShareTree = {
  readonly users: ReadonlyMap<string, Entity>;
  readonly root: { used: number };
};

/** A user as the tree knows it: the same person has a share in each team. */
export const shareKey = (user: string, team: string): string => `${team}\n${user}`;

/**
 * Builds the tree and adds up what was used. An account whose parent is not there, or is below itself, lies directly
 * below the root.
 * @param users decayed to the same instant; those of unknown teams get a team of one share
 */
export function growShareTree(accounts: readonly Account[], users: readonly UserShare[]): ShareTree {
  const byName = new Map(accounts.map((account) => [account.name, account]));
  for (const { team } of users)
    if (!byName.has(team)) byName.set(team, { name: team, parent: null, shares: 1 });

  const top = { shares: 0 };
  const below = new Map<Entity | null, { shares: number }>([[null, top]]);
  const entities = new Map<string, Entity>();
  const enter = (parent: Entity | null, shares: number): Entity => {
    const entity = { parent, shares: Math.max(0, shares), siblingShares: 0, used: 0 };
    const siblings = below.get(parent) ?? { shares: 0 };
    siblings.shares += entity.shares;
    below.set(parent, siblings);
    return entity;
  };
  const reach = (name: string, via: ReadonlySet<string>): Entity => {
    const known = entities.get(name);
    if (known) return known;
    const { parent, shares } = byName.get(name)!;
    const isRooted = parent !== null && byName.has(parent) && !via.has(parent);
    const entity = enter(isRooted ? reach(parent, new Set([...via, parent])) : null, shares);
    entities.set(name, entity);
    return entity;
  };
  for (const name of byName.keys()) reach(name, new Set([name]));

  const leaves = new Map<string, Entity>();
  for (const { user, team, shares } of users)
    leaves.set(shareKey(user, team), enter(entities.get(team)!, shares));
  for (const entity of [...entities.values(), ...leaves.values()])
    entity.siblingShares = below.get(entity.parent)!.shares;
  const tree: ShareTree = { users: leaves, root: { used: 0 } };
  for (const { user, team, usedSeconds } of users) charge(tree, shareKey(user, team), usedSeconds);
  return tree;
}

export type FairShare = {
  /** Part of everything that the user is entitled to, 0 to 1. */
  readonly share: number;
  /** Effective use: part of all use, 0 to 1. */
  readonly use: number;
  /** 1: unused; 0.5: used as much as is shared; 0: no share. */
  readonly factor: number;
};

/** Counts more use of a user, in billable seconds. One that the tree does not have is passed over. */
export function charge(tree: ShareTree, key: string, seconds: number): void {
  const leaf = tree.users.get(key);
  if (!leaf) return;
  tree.root.used += seconds;
  for (let at: Entity | null = leaf; at !== null; at = at.parent) at.used += seconds;
}

/**
 * The fairshare of a user.
 * @param key `shareKey`; one that the tree does not have has no share
 */
export function fairShareOf(tree: ShareTree, key: string, dampening: number): FairShare {
  const leaf = tree.users.get(key);
  if (!leaf) return { share: 0, use: 0, factor: 0 };
  const { share, use } = weigh(leaf, tree.root.used);
  return { share, use, factor: share > 0 ? 2 ** (-(use / share) / dampening) : 0 };
}

function weigh(entity: Entity, total: number): { readonly share: number; readonly use: number } {
  const own = total > 0 ? entity.used / total : 0;
  const part = entity.siblingShares > 0 ? entity.shares / entity.siblingShares : 0;
  if (entity.parent === null) return { share: part, use: own };
  const above = weigh(entity.parent, total);
  return { share: above.share * part, use: own + (above.use - own) * part };
}
