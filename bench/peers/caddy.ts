import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from '../output-of.ts';
import type { Peer, ServerSetup, SitesSetup } from './peer.ts';

/** Caddy, one thread at a time. `command` starts it: the system's own, or that of another release's folder. */
export function createCaddy(name: string, command: readonly [string, ...string[]]): Peer {
  const [program, ...prefix] = command;
  return {
    name,
    async version() {
      const version = (await outputOf(program, [...prefix, 'version'])).trim().split(' ')[0];
      const build = await outputOf(program, [...prefix, 'build-info']);
      return `Caddy ${version}, ${/^go\s+(\S+)$/m.exec(build)?.[1] ?? 'Go'} crypto/tls`;
    },
    async prepare(setup) {
      const file = join(setup.folder, 'Caddyfile');
      await writeFile(file, configuration(setup));
      return caddyCommand(command, setup.folder, ['--adapter', 'caddyfile', '--config', file]);
    },
    async prepareSites(setup) {
      const file = join(setup.folder, 'caddy.json');
      await writeFile(file, JSON.stringify(ofSites(setup)));
      return caddyCommand(command, setup.folder, ['--config', file]);
    },
  };
}

/** `caddy run` with its state in a folder. */
function caddyCommand(
  command: readonly [string, ...string[]],
  folder: string,
  args: readonly string[],
) {
  const variables = [
    'GOMAXPROCS=1',
    `HOME=${folder}`,
    `XDG_DATA_HOME=${folder}`,
    `XDG_CONFIG_HOME=${folder}`,
  ];
  return { program: 'env', args: [...variables, ...command, 'run', ...args] };
}

function ofSites({ port, sites, count }: SitesSetup) {
  const files = Array.from({ length: count }, (_, index) => ({
    certificate: `${sites}/sites/${index}.crt`,
    key: `${sites}/sites/${index}.key`,
  }));
  const client = { mode: 'require_and_verify', trusted_ca_certs_pem_files: [`${sites}/ca.crt`] };
  const server = {
    listen: [`127.0.0.1:${port}`],
    automatic_https: { disable: true },
    tls_connection_policies: [{ client_authentication: client }],
    routes: [{ handle: [{ handler: 'static_response', body: 'many' }] }],
  };
  return {
    admin: { disabled: true },
    logging: { logs: { default: { level: 'ERROR' } } },
    apps: { http: { servers: { bench: server } }, tls: { certificates: { load_files: files } } },
  };
}

function configuration({ port, certificates, upstreamPort, body }: ServerSetup): string {
  const answer =
    upstreamPort === null
      ? `respond "${body}" 200`
      : `reverse_proxy 127.0.0.1:${upstreamPort} {
    header_up X-Client-User {http.request.tls.client.subject}
    header_up X-Client-DN {http.request.tls.client.subject}
    header_up X-Client-Verify SUCCESS
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }`;
  return `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
https://localhost:${port} {
  bind 127.0.0.1
  tls ${certificates.serverCert} ${certificates.serverKey} {
    protocols tls1.3
    curves x25519
    client_auth {
      mode require_and_verify
      trusted_ca_cert_file ${certificates.ca}
    }
  }
  ${answer}
}
`;
}
