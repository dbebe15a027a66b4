import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from '../output-of.ts';
import { siteName } from '../../test/support/many-certificates.ts';
import type { Peer, ServerSetup, SitesSetup } from './peer.ts';

/** nginx, one worker. `command` starts it: the system's own, or that of another release's folder. */
export function createNginx(name: string, command: readonly [string, ...string[]]): Peer {
  const [program, ...prefix] = command;
  return {
    name,
    async version() {
      const text = await outputOf(program, [...prefix, '-V']);
      const [, version = '?'] = /nginx\/([\d.]+)/.exec(text) ?? [];
      const [, running, built] =
        /built with OpenSSL \S+.*running with OpenSSL (\S+)|built with OpenSSL (\S+)/.exec(text) ??
        [];
      return `nginx ${version}, OpenSSL ${running ?? built ?? '?'}`;
    },
    async prepare(setup) {
      const file = join(setup.folder, 'nginx.conf');
      await mkdir(join(setup.folder, 'temporary'), { recursive: true });
      await writeFile(file, mutualTlsConfig(setup));
      return { program, args: [...prefix, '-p', setup.folder, '-c', file, '-e', 'error.log'] };
    },
    async prepareSites(setup) {
      const file = join(setup.folder, 'nginx.conf');
      await mkdir(join(setup.folder, 'temporary'), { recursive: true });
      await writeFile(file, sitesConfig(setup));
      return { program, args: [...prefix, '-p', setup.folder, '-c', file, '-e', 'error.log'] };
    },
  };
}

function mutualTlsConfig(setup: ServerSetup): string {
  const { port, certificates, upstreamPort, routes } = setup;
  const upstream =
    upstreamPort === null
      ? ''
      : `upstream upstream {
    server 127.0.0.1:${upstreamPort};
    keepalive 256;
    keepalive_requests 1000000000;
  }`;
  return nginxConfig(
    `
  ${upstream}
  ${routes > 1 ? usersMap() : ''}
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    server_name localhost;
    ssl_certificate ${certificates.serverCert};
    ssl_certificate_key ${certificates.serverKey};
    ssl_client_certificate ${certificates.ca};
    ssl_verify_client on;
    ssl_protocols TLSv1.3;
    ssl_ecdh_curve X25519;
    ssl_session_cache shared:bench:10m;
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
${locations(setup)}
  }`,
    setup.workers,
  );
}

function sitesConfig({ port, sites, count }: SitesSetup): string {
  const servers = Array.from(
    { length: count },
    (_, index) => `  server {
    listen 127.0.0.1:${port} ssl;
    server_name ${siteName(index)};
    ssl_certificate ${sites}/sites/${index}.crt;
    ssl_certificate_key ${sites}/sites/${index}.key;
    location /x { return 200 many; }
  }
`,
  );
  return nginxConfig(`
  server_names_hash_max_size 65536;
  server_names_hash_bucket_size 128;
  ssl_client_certificate ${sites}/ca.crt;
  ssl_verify_client on;
  ssl_protocols TLSv1.3;
${servers.join('')}`);
}

function locations(setup: ServerSetup): string {
  if (setup.routes === 1) return `    location / { ${answer(setup)} }`;
  return Array.from(
    { length: setup.routes },
    (_, index) =>
      `    location /route-${index}/ { if ($is_user = 0) { return 403; } ${answer(setup)} }`,
  ).join('\n');
}

/** The user of the clients, and 99 others, by subject DN: nginx knows no other name of theirs. */
function usersMap(): string {
  const others = Array.from({ length: 99 }, (_, index) => `"CN=user-${index},O=Example" 1;`);
  return `map $ssl_client_s_dn $is_user { default 0; "CN=bench,O=Example" 1; ${others.join(' ')} }`;
}

function answer({ upstreamPort, body }: ServerSetup): string {
  if (upstreamPort === null) return `default_type text/plain; return 200 "${body}";`;
  return `
      proxy_pass http://upstream;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Client-User $ssl_client_s_dn;
      proxy_set_header X-Client-DN $ssl_client_s_dn;
      proxy_set_header X-Client-Verify $ssl_client_verify;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;`;
}

/** A plain upstream: \`/\` is answered with \`body\`, every other path with the file of that name below \`root\`. */
export function upstreamConfig(port: number, body: string, root: string): string {
  return nginxConfig(`
  sendfile on;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    default_type text/plain;
    root ${root};
    location / { return 200 "${body}"; }
    location /files/ { }
  }`);
}

function nginxConfig(http: string, workers = 1): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  // It would give up its rights otherwise, and could not read the folder of the run.
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  return `daemon off;
${user}worker_processes ${workers};
worker_rlimit_nofile 40000;
pid nginx.pid;
error_log error.log;
events { worker_connections 32768; }
http {
  access_log off;
  keepalive_timeout 600;
  keepalive_requests 1000000000;
${temporary.map((name) => `  ${name}_temp_path temporary/${name};\n`).join('')}${http}
}
`;
}
