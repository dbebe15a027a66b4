import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from '../output-of.ts';
import type { Peer, ServerSetup, SitesSetup } from './peer.ts';

type Relaying = 'requests' | 'bytes';

/** HAProxy, one thread. `command` starts it: the system's own, or that of another release's folder. */
export function createHaproxy(
  name: string,
  command: readonly [string, ...string[]],
  relaying: Relaying = 'requests',
): Peer {
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
      const bundle = await writeBundle(setup);
      const file = join(setup.folder, 'haproxy.cfg');
      await writeFile(
        file,
        relaying === 'bytes' ? ofBytes(setup, bundle) : ofRequests(setup, bundle),
      );
      return { program, args: [...prefix, '-db', '-f', file] };
    },
    async prepareSites(setup) {
      const file = join(setup.folder, 'haproxy.cfg');
      await writeFile(file, ofSites(setup));
      return { program, args: [...prefix, '-db', '-f', file] };
    },
  };
}

/** Certificate and key in one file, as several programs want it. */
export async function writeBundle({ folder, certificates }: ServerSetup): Promise<string> {
  const file = join(folder, 'server.pem');
  const { serverCert, serverKey } = certificates;
  await writeFile(file, (await readFile(serverCert, 'utf8')) + (await readFile(serverKey, 'utf8')));
  return file;
}

function ofRequests(setup: ServerSetup, bundle: string): string {
  const { upstreamPort, body } = setup;
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
  return `${haproxyDefaults('http')}
frontend bench
  ${bind(setup, bundle)} alpn h2,http/1.1
${answer}
`;
}

function ofBytes(setup: ServerSetup, bundle: string): string {
  return `${haproxyDefaults('tcp')}
frontend bench
  ${bind(setup, bundle)}
  default_backend service
backend service
  server service 127.0.0.1:${setup.upstreamPort}
`;
}

function ofSites({ port, sites }: SitesSetup): string {
  return `${haproxyDefaults('http')}
frontend bench
  bind 127.0.0.1:${port} ssl crt ${sites}/bundles/ ca-file ${sites}/ca.crt verify required
  http-request return status 200 content-type text/plain string many
`;
}

function bind({ port, certificates }: ServerSetup, bundle: string): string {
  return `bind 127.0.0.1:${port} ssl crt ${bundle} ca-file ${certificates.ca} verify required curves X25519`;
}

/** One thread, room for connections, long timeouts. */
function haproxyDefaults(mode: 'http' | 'tcp'): string {
  return `global
  maxconn 16000
  no strict-limits
  nbthread 1
  ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 600s
  timeout server 600s`;
}
