/**
 * Where jobs of one shape fit first. All jobs that ask for the same share an index: a heap of nodes by the first
 * instant at which there is any room. Within a plan room only goes, so an entry is never too late, and it is worked
 * out again only when its node has changed and it comes to the top. That is what makes a plan of a thousand jobs on a
 * thousand nodes take a tenth of a second.
 */
import type { NodeNeed } from './node-need.ts';
import { firstRoom, type Timeline } from './timeline.ts';

export type ShapeIndex = {
  /** By node; null: it never fits there. */
  readonly needs: readonly (NodeNeed | null)[];
  /** The node with the first room; -1: there is none left. */
  readonly peek: () => number;
  /** How early that room can be. */
  readonly room: () => number;
  /** Takes that node out until `restore`. */
  readonly pop: () => void;
  readonly restore: () => void;
  /** The node may have more room than before from an instant on. */
  readonly lower: (node: number, from: number) => void;
  /** The index of a shape that asks for the same devices and for more beside them: it begins with what is known here. */
  readonly derive: (needs: readonly (NodeNeed | null)[]) => ShapeIndex;
};

type Entries = {
  readonly room: Float64Array;
  readonly rank: Float64Array;
  readonly heap: number[];
  readonly place: Int32Array;
};

/**
 * @param rankOf orders nodes with the same room: the lower the earlier
 */
export function openShapeIndex(
  lines: readonly Timeline[],
  needs: readonly (NodeNeed | null)[],
  now: number,
  rankOf: (node: number, need: NodeNeed) => number,
  known?: Entries,
): ShapeIndex {
  const room = known?.room ?? new Float64Array(lines.length);
  const rank = known?.rank ?? new Float64Array(lines.length);
  const heap = known?.heap ?? [];
  /** Where in the heap a node is; -1: it was taken out. */
  const place = known?.place ?? new Int32Array(lines.length).fill(-1);
  /** The version of the node that its entry is of. */
  const seen = new Int32Array(lines.length).fill(-1);
  const popped: number[] = [];

  const look = (node: number, from: number): void => {
    const need = needs[node]!;
    room[node] = firstRoom(lines[node]!, need, from);
    rank[node] = rankOf(node, need);
    seen[node] = lines[node]!.version;
  };
  const isBefore = (one: number, other: number): boolean => {
    if (room[one] !== room[other]) return room[one]! < room[other]!;
    if (rank[one] !== rank[other]) return rank[one]! < rank[other]!;
    return one < other;
  };
  const put = (at: number, node: number): void => {
    heap[at] = node;
    place[node] = at;
  };
  const sink = (from: number): void => {
    let at = from;
    const node = heap[at]!;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, node)) break;
      put(at, heap[child]!);
      at = child;
    }
    put(at, node);
  };
  const rise = (from: number): void => {
    let at = from;
    const node = heap[at]!;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(node, heap[above]!)) break;
      put(at, heap[above]!);
      at = above;
    }
    put(at, node);
  };
  const dropTop = (): void => {
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      put(0, last);
      sink(0);
    }
    place[top] = -1;
    popped.push(top);
  };

  if (!known) {
    needs.forEach((need, node) => {
      if (need === null) return;
      look(node, now);
      if (room[node] !== Infinity) put(heap.length, node);
    });
    for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) sink(at);
  }
  const peek = (): number => {
    while (heap.length > 0) {
      const node = heap[0]!;
      if (seen[node] === lines[node]!.version) return node;
      look(node, room[node]!);
      sink(0);
    }
    return -1;
  };

  return {
    needs,
    peek,
    room: () => room[heap[0]!]!,
    pop: dropTop,
    restore() {
      for (const node of popped) {
        put(heap.length, node);
        rise(heap.length - 1);
      }
      popped.length = 0;
    },
    lower(node, from) {
      const at = place[node]!;
      if (at < 0 || room[node]! <= from) return;
      room[node] = from;
      seen[node] = -1;
      rise(at);
    },
    derive(stricter) {
      peek();
      const entries = { room: room.slice(), rank: rank.slice(), heap: heap.slice(), place: place.slice() };
      return openShapeIndex(lines, stricter, now, rankOf, entries);
    },
  };
}
