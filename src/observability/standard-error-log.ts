import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type EventSink, isWritten, levelOf, type LogLevel } from './event.ts';
import { JsonLog } from './json-log.ts';
import { PacedEvents } from './paced-events.ts';
import { createTextSink } from './text-log.ts';

const STANDARD_ERROR = 2;

/**
 * The log of a gateway's process: words for a person where standard error is a terminal, else JSON.
 * Events that are alike are counted after the first ones.
 */
export class StandardErrorLog {
  /** What matters less is not written. */
  level: LogLevel = 'info';
  readonly #json: JsonLog | null;
  readonly #paced: PacedEvents;

  constructor() {
    this.#json = isatty(STANDARD_ERROR) ? null : new JsonLog(STANDARD_ERROR, 'debug');
    this.#paced = new PacedEvents(
      this.#json?.take ?? createTextSink(writeToTerminal, Date.now, 'debug'),
    );
  }

  readonly take: EventSink = (event) => {
    if (isWritten(levelOf(event), this.level)) this.#paced.take(event);
  };

  /** Writes what waits or was only counted so far. */
  flush(): void {
    this.#paced.flush();
    this.#json?.flush();
  }

  /** Lines that could not be written. */
  get dropped(): number {
    return this.#json?.dropped ?? 0;
  }
}

function writeToTerminal(line: string): void {
  try {
    writeSync(STANDARD_ERROR, line);
  } catch {
    // A terminal that is gone or full must not take the gateway with it.
  }
}
