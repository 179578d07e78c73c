/** The demonstration feed as a process of its own: node demo/feed-server.ts PORT. */
import { loadConfig } from '../platform/config.ts';
import { sayReady } from '../platform/ready.ts';
import { startLiveFeed } from './feed/live-feed.ts';

const { TAIN_TIME_ZONE: timeZone } = loadConfig();
const feed = await startLiveFeed({ port: Number(process.argv[2]), timeZone });
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void feed.close().then(() => process.exit(0)));
sayReady('demo-feed');
