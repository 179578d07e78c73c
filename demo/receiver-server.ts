/** The demonstration repository as a process of its own: node demo/receiver-server.ts PORT [STATE-FILE]. */
import { sayReady } from '../platform/ready.ts';
import { startReceiver } from './receiver.ts';

const [, , port, stateFile] = process.argv;
const receiver = await startReceiver({ port: Number(port), ...(stateFile !== undefined && { stateFile }) });
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void receiver.close().then(() => process.exit(0)));
sayReady('demo-repository');
