/** The resource monitor of a node: needs neither Postgres nor Temporal, so that it answers when they do not. */
import os from 'node:os';
import { loadConfig, programEnvironment } from '../platform/config.ts';
import { createGpuMonitor } from '../platform/gpu-monitor/monitor.ts';
import { buildMonitorApp } from '../platform/gpu-monitor/monitor-app.ts';
import { createNvidiaSmi } from '../platform/gpu-monitor/run-nvidia-smi.ts';
import { createLogger } from '../platform/log.ts';
import { sayReady } from '../platform/ready.ts';

const config = loadConfig(['TAIN_MONITOR_PORT']);
const log = createLogger(config, 'resource-monitor');
const monitor = createGpuMonitor({ run: createNvidiaSmi('nvidia-smi', programEnvironment()) });
const app = buildMonitorApp(monitor, config.TAIN_MONITOR_NODE ?? os.hostname(), log);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void app.close().then(() => process.exit(0)));

await app.listen({ host: config.TAIN_MONITOR_HOST, port: config.TAIN_MONITOR_PORT });
sayReady('resource-monitor');
