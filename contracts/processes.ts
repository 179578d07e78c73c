/** What a process says in its log when it is ready to work; whoever started it waits for the line. */
export const WORKER_READY_EVENT = 'worker.ready';
export const API_READY_EVENT = 'api.ready';
