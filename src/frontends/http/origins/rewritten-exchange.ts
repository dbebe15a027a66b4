import type { AddedFields } from '../added-fields.ts';
import type {
  BodyReceiver,
  ClientFacts,
  Exchange,
  RequestHead,
  ResponseHead,
  TunnelEnd,
} from '../exchange.ts';

/**
 * An exchange whose request lost, from its head and its trailers, what a route sends in its place, and
 * goes to another host than the client's where one is given.
 */
export class RewrittenExchange implements Exchange {
  readonly request: RequestHead;
  readonly #exchange: Exchange;
  readonly #added: AddedFields | null;

  constructor(exchange: Exchange, added: AddedFields | null, host: string | null) {
    this.#exchange = exchange;
    this.#added = added;
    const { request } = exchange;
    const fields = added === null ? request.fields : added.scrub(request.fields);
    this.request = { ...request, fields, authority: host ?? request.authority };
  }

  get client(): ClientFacts {
    return this.#exchange.client;
  }

  get onDrain(): (() => void) | null {
    return this.#exchange.onDrain;
  }

  set onDrain(listener: (() => void) | null) {
    this.#exchange.onDrain = listener;
  }

  get onClose(): (() => void) | null {
    return this.#exchange.onClose;
  }

  set onClose(listener: (() => void) | null) {
    this.#exchange.onClose = listener;
  }

  receiveBody(receiver: BodyReceiver): void {
    const added = this.#added;
    if (added === null) {
      this.#exchange.receiveBody(receiver);
      return;
    }
    this.#exchange.receiveBody({
      data: (bytes) => receiver.data(bytes),
      end: (trailers) => receiver.end(added.scrub(trailers)),
      abort: () => receiver.abort(),
    });
  }

  resumeBody(): void {
    this.#exchange.resumeBody();
  }

  interim(status: number, fields: string): void {
    this.#exchange.interim(status, fields);
  }

  respond(head: ResponseHead, bodyFollows?: boolean): void {
    this.#exchange.respond(head, bodyFollows);
  }

  write(bytes: Buffer, isLent?: boolean): boolean {
    return this.#exchange.write(bytes, isLent);
  }

  end(trailers: string): void {
    this.#exchange.end(trailers);
  }

  abort(): void {
    this.#exchange.abort();
  }

  problem(status: number, title: string, detail: string, grpcStatus?: number): void {
    this.#exchange.problem(status, title, detail, grpcStatus);
  }

  upgrade(head: ResponseHead): TunnelEnd | null {
    return this.#exchange.upgrade(head);
  }
}
