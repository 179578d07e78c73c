/** The demonstration feed as a process of its own: node demo/feed-server.ts PORT. */
import { sayReady } from '../platform/ready.ts';
import { startLiveFeed } from './feed/live-feed.ts';

const feed = await startLiveFeed({ port: Number(process.argv[2]) });
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void feed.close().then(() => process.exit(0)));
sayReady('demo-feed');
