import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from '../output-of.ts';
import type { Peer, ServerSetup } from './peer.ts';

/** HAProxy, one thread. `command` starts it: the system's own, or that of another release's folder. */
export function createHaproxy(name: string, command: readonly [string, ...string[]]): Peer {
  const [program, ...prefix] = command;
  return {
    name,
    async version() {
      const text = await outputOf(program, [...prefix, '-vv']);
      const [, version = '?'] = /HAProxy version ([\d.]+)/.exec(text) ?? [];
      const [, library = '?'] = /Running on OpenSSL version : OpenSSL (\S+)/.exec(text) ?? [];
      return `HAProxy ${version}, OpenSSL ${library}`;
    },
    async prepare(setup) {
      const { serverCert, serverKey } = setup.certificates;
      const bundle = join(setup.folder, 'server.pem');
      await writeFile(
        bundle,
        (await readFile(serverCert, 'utf8')) + (await readFile(serverKey, 'utf8')),
      );
      const file = join(setup.folder, 'haproxy.cfg');
      await writeFile(file, configuration(setup, bundle));
      return { program, args: [...prefix, '-db', '-f', file] };
    },
  };
}

function configuration(
  { port, certificates, upstreamPort, body }: ServerSetup,
  bundle: string,
): string {
  const answer =
    upstreamPort === null
      ? `  http-request return status 200 content-type text/plain string "${body}"`
      : `  http-request set-header X-Client-User %[ssl_c_s_dn]
  http-request set-header X-Client-DN %[ssl_c_s_dn]
  http-request set-header X-Client-Verify %[ssl_c_verify]
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  default_backend service
backend service
  http-reuse always
  server service 127.0.0.1:${upstreamPort}`;
  return `global
  maxconn 8000
  nbthread 1
  ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
frontend bench
  bind 127.0.0.1:${port} ssl crt ${bundle} ca-file ${certificates.ca} verify required curves X25519 alpn http/1.1
${answer}
`;
}
