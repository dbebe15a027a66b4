import { createGatewayLog, type GatewayLog } from '../observability/log.ts';
import type { StandardErrorLog } from '../observability/standard-error-log.ts';
import { SessionMemory } from '../tls/session-store.ts';
import { Gateway } from './gateway.ts';
import type { Observer } from './observer.ts';
import { Reporter } from './reporter.ts';
import type { SpareWorkers } from './spare-workers.ts';
import { WorkerPool } from './worker-pool.ts';
import type { AdmittedWanted } from './worker-report.ts';

/**
 * What serves connections, in `count` processes (one: this one), with the observer told of what happens
 * there. `log` is for what this process tells itself; `standardError` for what happens to connections in it.
 */
export function createObservedHost(
  count: number,
  observer: Observer,
  log: GatewayLog,
  standardError: StandardErrorLog,
  spares: SpareWorkers,
): Gateway | WorkerPool {
  if (count > 1) {
    const pool = new WorkerPool(count, log, observer, spares);
    observer.watch(pool, log);
    return pool;
  }
  const reporter: Reporter = new Reporter(
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
    new SessionMemory(),
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
