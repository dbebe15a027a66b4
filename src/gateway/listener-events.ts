import type { Answer, ClientFacts } from '../frontends/http/exchange.ts';
import type { HttpEvents, RefusedRequest, RequestRefusal } from '../frontends/http/http-session.ts';
import type { MessagingEvents } from '../frontends/messaging-events.ts';
import type { ListenerMeter } from '../observability/listener-meter.ts';
import type { GatewayLog } from '../observability/log.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { Diagnostician } from './diagnostician.ts';
import type { Telemetry } from './telemetry.ts';

/** What the frontends of a listener tell, on its way to the log: refusals go with what mends them. */
export class ListenerEvents implements HttpEvents, MessagingEvents {
  readonly #log: GatewayLog;
  readonly #diagnostician: Diagnostician;
  readonly #meter: ListenerMeter;
  readonly #telemetry: Telemetry;

  constructor(
    listener: string,
    log: GatewayLog,
    diagnostician: Diagnostician,
    telemetry: Telemetry,
  ) {
    this.#log = log;
    this.#diagnostician = diagnostician;
    this.#meter = telemetry.meters.listener(listener);
    this.#telemetry = telemetry;
  }

  get makesTraces(): boolean {
    return this.#telemetry.makesTraces;
  }

  requestAnswered(client: ClientFacts, answer: Answer): void {
    this.#meter.request(answer.status);
    this.#telemetry.accessLog.add(this.#meter.name, client, answer);
  }

  requestRefused(
    record: HandshakeRecord,
    refusal: RequestRefusal,
    method: string,
    path: string,
    { host, allow, verdict }: RefusedRequest = NO_FACTS,
  ): void {
    const finding = this.#diagnostician.explainRequest(record, verdict, refusal, {
      method,
      host,
      path,
      allow,
    });
    this.#log.requestRefused(record, refusal, method, path, finding);
  }

  upstreamFailed(...args: Parameters<MessagingEvents['upstreamFailed']>): void {
    this.#telemetry.meters.upstream(args[0]).failed(args[1].code);
    this.#log.upstreamFailed(...args);
  }

  credentialsIgnored(...args: Parameters<MessagingEvents['credentialsIgnored']>): void {
    this.#log.credentialsIgnored(...args);
  }

  fault(where: string, error: Error): void {
    this.#log.fault(where, error);
  }
}

/** A protocol without hosts and routes. */
const NO_FACTS: RefusedRequest = {
  host: '',
  allow: null,
  verdict: { kind: 'none' } satisfies PeerVerdict,
};
