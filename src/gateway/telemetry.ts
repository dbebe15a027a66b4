import { AccessLog, type OpenedLog } from '../observability/access-log.ts';
import { ProcessMeters } from '../observability/process-meters.ts';
import { BindError } from './bind.ts';
import type { GatewayOptions } from './options.ts';

/** What a process notes of its requests and connections. It outlives every snapshot of the configuration. */
export class Telemetry {
  readonly meters = new ProcessMeters();
  readonly accessLog = new AccessLog();
  /** Requests without a trace begin one. */
  makesTraces = false;

  /** Opens the access log that `use` takes. Throws BindError where it can't be written to. */
  open({ accessLog }: GatewayOptions): OpenedLog | null {
    try {
      return this.accessLog.open(accessLog);
    } catch (error) {
      const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
      throw new BindError(code, `cannot write the access log: ${message}`);
    }
  }

  use({ traceparent }: GatewayOptions, accessLog: OpenedLog | null): void {
    this.accessLog.use(accessLog);
    this.makesTraces = traceparent === 'make';
  }
}
