import type { Socket } from 'node:net';
import { Roster } from '../../tls/roster.ts';
import { Http1Connection } from './http1.ts';
import { Http2Connection } from './http2.ts';
import type { HttpSession } from './http-session.ts';
import type { HttpLimits } from './options.ts';

/** The connections of one frontend, in either version of HTTP. */
export class HttpConnections {
  readonly #limits: HttpLimits;
  readonly #live = new Roster<Http1Connection | Http2Connection>();
  #isDraining = false;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /** Serves a connection, for its whole life. */
  add(socket: Socket, session: HttpSession, version: 'http/1' | 'h2'): void {
    const Connection = version === 'h2' ? Http2Connection : Http1Connection;
    const http = new Connection(socket, session, this.#limits);
    const place = this.#live.add(http);
    socket.on('close', () => this.#live.remove(place));
    if (this.#isDraining) http.drain();
  }

  /** Holds for connections that come later as well: their handshakes were under way. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#live) connection.drain();
  }
}
