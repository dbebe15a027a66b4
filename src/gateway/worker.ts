// The program of a worker: one gateway that is told by its primary what to do, and ends with it.
import type { Socket } from 'node:net';
import { deserialize } from 'node:v8';
import { createGatewayLog } from '../observability/log.ts';
import { StandardErrorLog } from '../observability/standard-error-log.ts';
import { BindError } from './bind.ts';
import { AskedMaterial, optionsOf, type WorkerSnapshot } from './deferred-material.ts';
import { Gateway } from './gateway.ts';
import { Reporter } from './reporter.ts';
import { SharedSessions } from './shared-sessions.ts';
import type { ApplyAnswer, FromWorker, ToWorker } from './worker-messages.ts';

const standardError = new StandardErrorLog();
const log = createGatewayLog((event) => {
  standardError.take(event);
  reporter.take(event);
});
const sessions = new SharedSessions(tell);
const materials = new AskedMaterial(tell);
const gateway = new Gateway(log, 'shared', sessions, () => standardError.dropped, materials);
const reporter = new Reporter(
  () => gateway.gauges,
  (report, sent) => {
    if (process.connected) process.send?.(report, sent);
  },
);

// A terminal's signals reach every process of the group; the primary decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.on('message', (message, socket) => {
  receive(message as ToWorker, socket as Socket | undefined).catch((error: unknown) => {
    log.fault('worker', error instanceof Error ? error : new Error(String(error)));
  });
});

process.on('disconnect', () => void end(0));

async function receive(message: ToWorker, socket: Socket | undefined): Promise<void> {
  switch (message.kind) {
    case 'apply':
      tell(await apply(message));
      return;
    case 'connection':
      if (socket !== undefined) gateway.adopt(message.listener, socket);
      return;
    case 'session-found':
      sessions.answered(message);
      return;
    case 'sessions-asked':
      sessions.tellKept(message.question);
      return;
    case 'material':
      materials.answered(message);
      return;
    case 'report-admitted':
      reporter.admittedWanted = message.wanted;
      return;
    case 'ticket-secrets':
      sessions.sealTicketsBy(message);
      return;
    case 'metrics-wanted':
      tell({ kind: 'metrics', question: message.question, metrics: gateway.measure() });
      return;
    case 'revoked':
      tell({
        kind: 'revocation-done',
        question: message.question,
        closed: gateway.revoke(message.news),
      });
      return;
    case 'count-relying':
      tell({
        kind: 'relying',
        question: message.question,
        count: gateway.countRelyingOn(message.certificate),
      });
      return;
    case 'stop':
      await end(message.graceMs);
  }
}

async function apply({
  version,
  snapshot,
  graceMs,
}: Extract<ToWorker, { kind: 'apply' }>): Promise<ApplyAnswer> {
  try {
    const options = optionsOf(deserialize(snapshot) as WorkerSnapshot);
    const { closed } = await gateway.apply(options, graceMs);
    standardError.level = options.logLevel;
    return { kind: 'applied', version, closed };
  } catch (error) {
    const code = error instanceof BindError ? error.code : 'FAULT';
    const text = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', version, code, message: text };
  }
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

/** The process ends by itself when nothing is left to do; what hangs on after that is cut off. */
async function end(graceMs: number): Promise<void> {
  await gateway.close(graceMs);
  reporter.close();
  standardError.flush();
  if (process.connected) process.disconnect?.();
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1_000).unref();
}
