import type { Socket } from 'node:net';
import type { DialResult, Dialer } from '../../upstreams/dial.ts';
import type { UpstreamFailureCode } from '../../upstreams/failure.ts';
import { upstreamFailure } from '../../upstreams/failure.ts';
import type { NatsOptions } from './options.ts';
import { readServerInfo, type ServerInfo } from './wire/server-info.ts';
import { MAX_UPSTREAM_LINE } from './wire/upstream-reader.ts';

/** Why there is no connection to an upstream that speaks NATS. */
export interface LinkFailure {
  readonly code:
    | UpstreamFailureCode
    /** What it sent is no INFO. */
    | 'not-nats'
    /** It has no TLS, and has to have. */
    | 'no-tls';
  readonly detail: string;
}

/** A connection to an upstream that has sent its INFO, and to which nothing was sent. */
export interface UpstreamLink {
  /** Paused, with nobody listening but to errors. */
  readonly socket: Socket;
  readonly info: ServerInfo;
}

export type LinkResult =
  | { readonly ok: true; readonly link: UpstreamLink }
  | { readonly ok: false; readonly failure: LinkFailure };

/**
 * Connects to the upstream and waits for its INFO, starting TLS where that or the options say so. Calls
 * `done` once, later; what fails comes as data. The time for each step is the dial's.
 */
export function openLink(
  dialer: Dialer,
  upstreamTls: NatsOptions['upstreamTls'],
  done: (result: LinkResult) => void,
): void {
  dialer.dialPlain((dialled) => {
    if (!dialled.ok) return done(dialled);
    const { socket } = dialled;
    readInfo(socket, dialer.options.connectTimeoutMs, (result) => {
      if (!result.ok) return done(result);
      const { info } = result.link;
      const offersTls = info.tlsRequired || info.tlsAvailable;
      if (upstreamTls === 'required' && !offersTls) {
        socket.destroy();
        return done(failed('no-tls', 'the upstream offers no TLS'));
      }
      if (upstreamTls === 'when-asked' && !info.tlsRequired) return done(result);
      if (socket.readableLength > 0) {
        // Whoever put it there would have it read as if it had come by TLS.
        socket.destroy();
        return done(failed('not-nats', 'something follows INFO before TLS'));
      }
      dialer.startTls(socket, (secured) => done(withInfo(secured, info)));
    });
  });
}

function withInfo(secured: DialResult, info: ServerInfo): LinkResult {
  if (!secured.ok) return secured;
  const { socket } = secured;
  socket.on('error', ignore);
  socket.pause();
  return { ok: true, link: { socket, info } };
}

/** Reads the first line; what follows it stays in the socket. */
function readInfo(socket: Socket, timeoutMs: number, done: (result: LinkResult) => void): void {
  let received: Buffer = Buffer.alloc(0);
  const finish = (result: LinkResult): void => {
    clearTimeout(timer);
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('close', onEnd);
    socket.off('error', onError);
    socket.on('error', ignore);
    if (result.ok) socket.pause();
    else socket.destroy();
    done(result);
  };
  const onData = (chunk: Buffer): void => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const end = received.indexOf(LF);
    if (end === -1 && received.length <= MAX_UPSTREAM_LINE) return;
    const info = end === -1 ? null : readFirstLine(received.subarray(0, end));
    if (info === null) return finish(failed('not-nats', 'the upstream did not begin with INFO'));
    socket.pause();
    if (end + 1 < received.length) socket.unshift(received.subarray(end + 1));
    finish({ ok: true, link: { socket, info } });
  };
  const onEnd = (): void => finish(failed('reset', 'closed before INFO'));
  const onError = (error: Error): void => finish({ ok: false, failure: upstreamFailure(error) });
  const timer = setTimeout(
    () => finish(failed('timeout', `no INFO in ${timeoutMs} ms`)),
    timeoutMs,
  );
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  socket.on('error', onError);
  socket.resume();
}

function readFirstLine(line: Buffer): ServerInfo | null {
  const isInfo = line.toString('latin1', 0, 5).toUpperCase() === 'INFO ';
  return isInfo ? readServerInfo(line.subarray(5)) : null;
}

function failed(code: LinkFailure['code'], detail: string): LinkResult {
  return { ok: false, failure: { code, detail } };
}

function ignore(): void {}

const LF = 0x0a;
