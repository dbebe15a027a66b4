import { connect as connectPlain, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { uploadOf } from './pattern.ts';
import type { LoadPlan } from './plan.ts';

export const OPERATION_LIMIT_MS = 10_000;

/** What the connections of a plan have in common. */
export interface Material {
  readonly context: SecureContext;
  readonly request: Buffer;
  /** The answer's body is this over and over, `bodyBytes` of it. */
  readonly body: Buffer;
  readonly bodyBytes: number;
}

export function materialOf(plan: LoadPlan): Material {
  const body = Buffer.from(plan.body);
  return {
    context: createSecureContext({
      ca: readFileSync(plan.caFile),
      cert: readFileSync(plan.certFile),
      key: readFileSync(plan.keyFile),
      minVersion: 'TLSv1.3',
      ecdhCurve: 'X25519',
    }),
    request: plan.message === undefined ? requestOf(plan) : Buffer.from(plan.message),
    body,
    bodyBytes: plan.bodyBytes ?? body.length,
  };
}

function requestOf({ path, uploadBytes }: LoadPlan): Buffer {
  const fields = 'Host: localhost\r\nAccept: */*\r\n';
  if (uploadBytes === undefined) return Buffer.from(`GET ${path} HTTP/1.1\r\n${fields}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\n${fields}Content-Length: ${uploadBytes}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), uploadOf(uploadBytes)]);
}

/** `onReady` is called when the connection can be written to. */
export function open(
  plan: LoadPlan,
  { context }: Material,
  onReady: () => void,
  session?: Buffer,
): Socket | TLSSocket {
  const target = { host: '127.0.0.1', port: plan.port };
  const socket =
    plan.isPlain === true
      ? connectPlain(target, onReady)
      : connect(
          {
            ...target,
            servername: 'localhost',
            secureContext: context,
            ALPNProtocols: [plan.mode === 'http2' ? 'h2' : 'http/1.1'],
            ...(session === undefined ? {} : { session }),
          },
          onReady,
        );
  socket.setNoDelay(true);
  return socket;
}

/** A few bytes for people. */
export function excerpt(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1', 0, 200));
}
