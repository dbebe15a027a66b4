import { type EventSink, levelOf } from './event.ts';
import { eventText } from './event-text.ts';

/**
 * The log for a person at a terminal: the same events as the JSON log, a line of words each, the time
 * in front. `write` gets whole lines; `now` is milliseconds since the epoch.
 */
export function createTextSink(
  write: (line: string) => void,
  now = Date.now,
  level: 'info' | 'debug' = 'info',
): EventSink {
  return (event) => {
    if (level === 'info' && levelOf(event) === 'debug') return;
    const time = new Date(now()).toISOString().slice(11, 19);
    for (const text of eventText(event)) write(`${time} ${text}\n`);
  };
}
