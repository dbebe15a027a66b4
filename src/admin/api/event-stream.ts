import type { Context } from 'hono';
import { z } from 'zod';
import { inShort, isRefusal } from '../../observability/event.ts';
import type { EventStore, NumberedEvent } from '../event-store.ts';
import type { Operation } from './operation.ts';
import { invalid, problem } from './problem.ts';
import { send } from './api-routes.ts';
import { shaped } from './field-errors.ts';
import { handshakeLine } from './handshake-views.ts';
import { eventQuery } from './observation-schemas.ts';
import { snakeCased } from './snake-case.ts';

/** A comment now and then keeps the connection from being taken for idle. */
const HEARTBEAT_MS = 15_000;
/** Events that wait for a slow reader; beyond them it is let go, and resumes by Last-Event-ID. */
const MAX_WAITING = 5_000;
/** Events that are made up for at most. */
const MAX_MISSED = 10_000;
/** Milliseconds until a browser that was let go comes again. */
const RETRY_MS = 1000;

/** The stream as the OpenAPI document has it. */
export const describedEventStream: Operation = {
  method: 'get',
  path: '/v1/events',
  summary:
    'What happens, as server-sent events; with Last-Event-ID first what came after it. The data of each is a JSON object.',
  query: eventQuery,
  media: 'text/event-stream',
  answers: { 200: z.string() },
  handle: () => problem('fault', 'the stream is no single answer'),
};

/**
 * Server-sent events (WHATWG HTML, section 9.2) as they happen; with `Last-Event-ID` first those that
 * came after it, as far as they are kept.
 */
export function streamEvents(c: Context, events: EventStore): Response {
  const query = shaped(eventQuery, c.req.query(), 'query');
  if ('errors' in query) return send(c, invalid(query.errors));
  const { kinds, refused } = query.value;
  const wanted = kinds === undefined ? null : new Set(kinds.split(','));
  const isWanted = ({ event }: NumberedEvent): boolean =>
    (wanted === null || wanted.has(event.event)) && (refused !== '1' || isRefusal(event));
  const last = /^\d{1,15}$/.exec(c.req.header('last-event-id') ?? '')?.[0] ?? null;
  let leave = (): void => {};
  const body = new ReadableStream<string>(
    {
      start(controller) {
        controller.enqueue(`retry: ${RETRY_MS}\n\n`);
        const missed = last === null ? [] : events.since(Number(last), MAX_MISSED);
        for (const event of missed) if (isWanted(event)) controller.enqueue(print(event));
        const stopReading = events.read((event) => {
          if (!isWanted(event)) return;
          controller.enqueue(print(event));
          if ((controller.desiredSize ?? 0) > -MAX_WAITING) return;
          leave();
          controller.close();
        });
        const heartbeat = setInterval(() => controller.enqueue(':\n\n'), HEARTBEAT_MS);
        leave = () => {
          stopReading();
          clearInterval(heartbeat);
        };
      },
      cancel: () => leave(),
    },
    { highWaterMark: MAX_WAITING },
  );
  c.header('Content-Type', 'text/event-stream');
  c.header('X-Accel-Buffering', 'no');
  return c.body(body.pipeThrough(new TextEncoderStream()));
}

/** The same shapes as elsewhere in the API; JSON has no line break in it. */
function print(numbered: NumberedEvent): string {
  const { id, at, event } = numbered;
  const time = new Date(at).toISOString();
  const told = handshakeLine(numbered) ?? (snakeCased(inShort(event)) as object);
  return `id: ${id}\nevent: ${event.event}\ndata: ${JSON.stringify({ time, ...told })}\n\n`;
}
