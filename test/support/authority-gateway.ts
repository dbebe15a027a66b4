// A gateway with an authority and an admin listener, whose clients have to be users.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import { type AdminApi, adminApi } from './admin-api.ts';
import { freePort } from './free-port.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { Shell } from './shell.ts';

export interface AuthorityGateway {
  /** Where the authority lies, in `.countersign`, and the configuration. */
  readonly ca: Shell;
  readonly gateway: GatewayProcess;
  readonly api: AdminApi;
  /** `http://127.0.0.1:PORT` of the admin listener. */
  readonly admin: string;
  readonly folder: string;
  /** Of the https listener, which answers to `localhost`. */
  readonly port: number;
  /** Port where enrolment is served. */
  readonly enrolment: number;
}

interface AuthorityGatewayOptions {
  /** For the commands that make the authority alone: the gateway does not have it. */
  readonly env?: Record<string, string>;
  /** Called before the gateway starts. */
  readonly prepare?: (ca: Shell) => void;
  /** Default: true. */
  readonly hasEnrolment?: boolean;
  /** Further listeners, given what their `tls` begins with. */
  readonly listeners?: (tls: string) => readonly string[];
}

const TLS = 'cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key';

/** The users are alice@example.com and bob@example.com. */
export async function startAuthorityGateway(
  t: TestContext,
  { env = {}, prepare, hasEnrolment = true, listeners }: AuthorityGatewayOptions = {},
): Promise<AuthorityGateway> {
  const ca = await Shell.open(t);
  ca.env = env;
  assert.equal((await ca.run('init')).status, 0);
  assert.equal((await ca.run('issue', 'server', 'localhost')).status, 0);
  prepare?.(ca);
  const [port, adminPort, enrolment] = [await freePort(), await freePort(), await freePort()];
  const listen = hasEnrolment ? `, listen: '127.0.0.1:${enrolment}'` : '';
  ca.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { ${TLS}, verify_and_map: true }
    upstream: 'echo:'
${(listeners?.(TLS) ?? []).map((listener) => `  - ${listener}\n`).join('')}authorization: { users: [{ user: alice@example.com }, { user: bob@example.com }] }
ca: { dir: .countersign${listen} }
workers: 2
admin: { listen: '127.0.0.1:${adminPort}' }
`,
  );
  const gateway = await startGateway(t, ['run', ca.path('gateway.yaml')]);
  await gateway.waitForLog((line) => line['listener'] === 'admin');
  const admin = `http://127.0.0.1:${adminPort}`;
  const api = await adminApi(admin, ca.folder);
  return { ca, gateway, api, admin, folder: ca.folder, port, enrolment };
}

/** A connection on which a request was answered, and that stays open. */
export async function holdConnection(
  { ca, port }: Pick<AuthorityGateway, 'ca' | 'port'>,
  client: Pick<tls.ConnectionOptions, 'cert' | 'key' | 'pfx' | 'passphrase'>,
): Promise<tls.TLSSocket> {
  const anchors = ca.text('.countersign/ca.crt');
  const socket = tls.connect({
    ...client,
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: anchors,
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  await askAgain(socket);
  return socket;
}

/** Sends a request and waits for an answer. */
export async function askAgain(socket: tls.TLSSocket): Promise<void> {
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
}
