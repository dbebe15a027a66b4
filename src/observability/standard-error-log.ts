import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { JsonLog } from './json-log.ts';
import { PacedEvents } from './paced-events.ts';
import { createTextSink } from './text-log.ts';

const STANDARD_ERROR = 2;

/**
 * The log of a gateway's process: words for a person where standard error is a terminal, else JSON.
 * Events that are alike are counted after the first ones.
 */
export function createStandardErrorLog(): PacedEvents {
  if (!isatty(STANDARD_ERROR)) return new PacedEvents(new JsonLog().take);
  const sink = createTextSink((line) => {
    try {
      writeSync(STANDARD_ERROR, line);
    } catch {
      // A terminal that is gone or full must not take the gateway with it.
    }
  });
  return new PacedEvents(sink);
}
