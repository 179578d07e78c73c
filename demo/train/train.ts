/**
 * The demonstration training, a real one on the processor: learns to name the communities of a graph. Prints a line of
 * JSON for each thing that happens: {"event":"step","step":25,"loss":1.1,"accuracy":0.6}. Checkpoints every so many
 * steps and goes on from there; makes way at SIGUSR1 with a checkpoint and exit code 75; at SIGTERM checkpoints and ends
 * as by that signal (143). Refuses with 69 when one of its devices is in use, with 78 when it is told nonsense.
 */
import { listen } from './signals.ts';

// Before the rest is loaded: until then nobody hears a notice.
listen();
const { main } = await import('./training.ts');
process.exitCode = await main();
