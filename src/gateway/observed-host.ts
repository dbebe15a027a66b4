import { createGatewayLog, type GatewayLog } from '../observability/log.ts';
import type { StandardErrorLog } from '../observability/standard-error-log.ts';
import type { Gateway } from './gateway.ts';
import type { Observer } from './observer.ts';
import type { SpareWorkers } from './spare-workers.ts';
import type { WorkerPool } from './worker-pool.ts';
import type { AdmittedWanted } from './worker-report.ts';

/**
 * What serves connections, in `count` processes (one: this one), with the observer told of what happens
 * there. `log` is for what this process tells itself; `standardError` for what happens to connections in it.
 * A process that leaves connections to others does not load what serves them.
 */
export async function createObservedHost(
  count: number,
  observer: Observer,
  log: GatewayLog,
  standardError: StandardErrorLog,
  spares: SpareWorkers,
): Promise<Gateway | WorkerPool> {
  if (count === 1) return createHost(observer, log, standardError);
  const { WorkerPool } = await import('./worker-pool.ts');
  const pool = new WorkerPool(count, log, observer, spares);
  observer.watch(pool, log);
  return pool;
}

async function createHost(
  observer: Observer,
  log: GatewayLog,
  standardError: StandardErrorLog,
): Promise<Gateway> {
  const { Gateway } = await import('./gateway.ts');
  const { Reporter } = await import('./reporter.ts');
  const reporter: InstanceType<typeof Reporter> = new Reporter(
    () => gateway.gauges,
    (report, sent) => {
      observer.receive(process.pid, report);
      sent();
    },
  );
  const gateway = new Gateway(
    createGatewayLog((event) => {
      standardError.take(event);
      reporter.take(event);
    }),
    'alone',
    undefined,
    () => standardError.dropped,
  );
  const reportAdmitted = (wanted: AdmittedWanted): void => {
    reporter.admittedWanted = wanted;
  };
  observer.watch(
    {
      get workers() {
        return gateway.workers;
      },
      pids: [process.pid],
      reportAdmitted,
      flush: () => reporter.report(),
    },
    log,
  );
  return gateway;
}
