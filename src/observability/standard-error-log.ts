import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createJsonLog, type GatewayLog } from './log.ts';
import { createTextLog } from './text-log.ts';

const STANDARD_ERROR = 2;

/** The log of a gateway's process: words for a person where standard error is a terminal, else JSON. */
export function createStandardErrorLog(): GatewayLog {
  if (!isatty(STANDARD_ERROR)) return createJsonLog();
  return createTextLog((line) => {
    try {
      writeSync(STANDARD_ERROR, line);
    } catch {
      // A terminal that is gone or full must not take the gateway with it.
    }
  });
}
