import type { UpstreamFailure } from '../../../upstreams/failure.ts';
import type { UpstreamHealth } from '../../../upstreams/health.ts';
import type { Exchange } from '../exchange.ts';

/** Sends requests to one upstream in one version of HTTP, over connections that it keeps. */
export interface UpstreamClient {
  /** The upstream's. */
  readonly name: string;
  /**
   * Answers the exchange with the upstream's response, or with 502, 503 or 504. `added` is wire text
   * that follows the request's own fields: the client's identity.
   */
  send(exchange: Exchange, added: string): void;
  health(): UpstreamHealth;
  /** Closes idle connections now and the others once their request is answered. */
  close(): void;
}

/** Why an upstream did not answer a request; the client is told less. */
export interface ProxyFailure {
  readonly code: UpstreamFailure['code'] | 'bad-response' | 'closed-early' | 'response-timeout';
  readonly detail: string;
}

/** Measures one upstream. */
export interface UpstreamMeter {
  /** A request was answered; `seconds` passed from its start on a connection to the head of its answer. */
  answered(seconds: number): void;
}

/** What the proxy tells the operator. */
export interface ProxyEvents {
  upstreamFailed(upstream: string, failure: ProxyFailure, handshakeId: string): void;
}

/** Answers with the status that belongs to the failure; only before a response head was sent. */
export function answerFailure(exchange: Exchange, failure: ProxyFailure): void {
  switch (failure.code) {
    case 'timeout':
    case 'response-timeout':
      exchange.problem(504, 'Gateway Timeout', 'the upstream did not answer in time');
      return;
    case 'too-many-dials':
    case 'circuit-open':
      exchange.problem(503, 'Service Unavailable', 'the upstream takes no more connections');
      return;
    case 'bad-response':
      exchange.problem(502, 'Bad Gateway', 'the upstream sent no valid response');
      return;
    case 'closed-early':
      exchange.problem(502, 'Bad Gateway', 'the upstream closed the connection without an answer');
      return;
    default:
      exchange.problem(502, 'Bad Gateway', 'the upstream could not be reached');
  }
}
