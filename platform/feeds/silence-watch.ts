/**
 * Watches a connection for silence and for packets that do not end, by a clock that never jumps. Time in which nobody
 * could have heard anything (we did not read, the process stood still) is not held against the other side.
 */
const LOOKS_PER_LIMIT = 4;

export type SilenceLimits = {
  /** Without any byte, in milliseconds. */
  readonly silenceMs: number;
  /** From the first byte of a packet to its last one, in milliseconds. */
  readonly packetMs: number;
};

export type SilenceWatch = {
  /** Bytes came; `pending` of them belong to a packet that is not complete, `completed` says whether one was. */
  heard(pending: number, completed: boolean): void;
  /** Reading stops or goes on. */
  hold(isHeld: boolean): void;
  stop(): void;
};

/** @param onProblem told once what is the matter */
export function watchSilence(
  { silenceMs, packetMs }: SilenceLimits,
  onProblem: (problem: {
    readonly kind: 'silent' | 'unfinished';
    readonly ms: number;
    readonly bytes: number;
  }) => void,
): SilenceWatch {
  let heardAt = performance.now();
  let packetSince: number | null = null;
  let bytes = 0;
  let held = false;
  let lookedAt = heardAt;
  const everyMs = Math.max(1, Math.min(silenceMs, packetMs) / LOOKS_PER_LIMIT);

  const forgive = (): void => {
    heardAt = performance.now();
    if (packetSince !== null) packetSince = heardAt;
  };

  const timer = setInterval(() => {
    const now = performance.now();
    const stoodStill = now - lookedAt > everyMs * LOOKS_PER_LIMIT;
    lookedAt = now;
    if (held || stoodStill) return forgive();
    if (packetSince !== null && now - packetSince > packetMs) {
      clearInterval(timer);
      onProblem({ kind: 'unfinished', ms: packetMs, bytes });
    } else if (now - heardAt > silenceMs) {
      clearInterval(timer);
      onProblem({ kind: 'silent', ms: silenceMs, bytes });
    }
  }, everyMs);

  return {
    heard(pending, completed) {
      heardAt = performance.now();
      bytes = pending;
      if (pending === 0) packetSince = null;
      else if (completed || packetSince === null) packetSince = heardAt;
    },
    hold(isHeld) {
      held = isHeld;
      forgive();
    },
    stop: () => clearInterval(timer),
  };
}
