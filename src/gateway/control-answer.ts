import type { IncomingMessage, ServerResponse } from 'node:http';
import { type GatewayEvent, inShort, isRefusal } from '../observability/event.ts';
import type { Follower, Observer } from './observer.ts';
import type { TimedEvent } from './worker-report.ts';

/** What waits for a reader of events that is slow; beyond it events are left out, and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;
const DAY_MS = 86_400_000;
const LONGEST_WINDOW_MS = 3650 * DAY_MS;

/**
 * Answers one question to a running gateway, all of them GET:
 * `/v1/status`: a GatewayStatus.
 * `/v1/readiness?window=MS`: an ObserveReadiness; default: seven days.
 * `/v1/events?refused=1&user=NAME`: events as they happen, a line of JSON each, until the reader leaves.
 */
export function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  observer: Observer,
): void {
  response.on('error', () => {});
  if (request.method !== 'GET') return sendJson(response, 405, { error: 'only GET is answered' });
  const url = URL.parse(request.url ?? '/', 'http://gateway');
  if (url === null) return sendJson(response, 400, { error: 'the path can not be read' });
  const { pathname, searchParams } = url;
  switch (pathname) {
    case '/v1/status':
      return sendJson(response, 200, observer.status());
    case '/v1/readiness': {
      const window = Number(searchParams.get('window') ?? 7 * DAY_MS);
      if (!(window > 0 && window <= LONGEST_WINDOW_MS)) {
        return sendJson(response, 400, { error: 'window is a number of milliseconds' });
      }
      return sendJson(response, 200, observer.readiness(window));
    }
    case '/v1/events':
      return sendEvents(response, observer, {
        refused: searchParams.get('refused') === '1',
        user: searchParams.get('user'),
      });
    default:
      return sendJson(response, 404, {
        error: `${pathname} is no question: the gateway speaks /v1`,
      });
  }
}

interface EventFilter {
  /** Only clients and requests that were turned away, or would be. */
  readonly refused: boolean;
  /** Only what is about this user, or a certificate with this subject; null: everybody. */
  readonly user: string | null;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}

function sendEvents(response: ServerResponse, observer: Observer, filter: EventFilter): void {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  response.flushHeaders();
  let left = 0;
  const tellLeft = (at: number): void => {
    if (left === 0) return;
    response.write(line({ at, event: { event: 'events-dropped', count: left } }));
    left = 0;
  };
  const follower: Follower = {
    wantsAdmitted: filter.refused ? 'none' : 'all',
    take(timed) {
      if (!isWanted(timed.event, filter)) return;
      if (response.writableLength > MAX_WAITING_BYTES) {
        left++;
        return;
      }
      tellLeft(timed.at);
      response.write(line(timed));
    },
    end() {
      tellLeft(Date.now());
      response.end();
    },
  };
  response.on('close', observer.follow(follower));
}

function line({ at, event }: TimedEvent): string {
  return `${JSON.stringify({ time: new Date(at).toISOString(), ...inShort(event) })}\n`;
}

function isWanted(event: GatewayEvent, { refused, user }: EventFilter): boolean {
  if (event.event === 'events-dropped') return true;
  if (refused && !isRefusal(event)) return false;
  if (user === null) return true;
  switch (event.event) {
    case 'handshake':
      return event.user === user || event.peer?.subject === user;
    case 'request-refused':
      return event.user === user || event.subject === user;
    case 'credentials-ignored':
      return event.user === user;
    default:
      return false;
  }
}
