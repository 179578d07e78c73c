/** What signals asked the training for; it looks between two steps. */

export const signals: { asked: 'nothing' | 'checkpoint' | 'terminate' } = { asked: 'nothing' };

/** Hears SIGTERM and SIGUSR1 from now on. The first is the last word. */
export function listen(): void {
  process.on('SIGTERM', () => void (signals.asked = 'terminate'));
  process.on('SIGUSR1', () => {
    if (signals.asked !== 'terminate') signals.asked = 'checkpoint';
  });
}
