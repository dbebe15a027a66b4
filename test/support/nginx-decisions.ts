// The decisions about a population of clients by nginx's own file: proved, live and by nginx.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Population } from './client-population.ts';
import type { Judgement } from './decision-agreement.ts';
import { NONE, provedOutcomes, startProgram, tryHttps } from './decision-peers.ts';
import { freePort } from './free-port.ts';
import { startGateway } from './gateway-process.ts';

/** Where a client goes: each has its own settings in the file. */
export const DOORS = [
  { name: 'on.test', path: '/' },
  { name: 'deeper.test', path: '/' },
  { name: 'optional.test', path: '/' },
  { name: 'optional.test', path: '/private/x' },
  { name: 'checked.test', path: '/' },
  { name: 'off.test', path: '/' },
] as const;

/** Takes every client through every door of all three. The files differ in the port alone. */
export async function nginxDecisions(
  t: Pick<TestContext, 'after'>,
  population: Population,
): Promise<Judgement[]> {
  const { folder, clients } = population;
  const [port, realPort] = [await freePort(), await freePort()];
  await writeFile(join(folder, 'nginx.conf'), configuration(port, folder));
  await writeFile(join(folder, 'real.conf'), configuration(realPort, folder));
  const log = join(folder, 'error.log');
  const args = ['-p', folder, '-c', join(folder, 'real.conf'), '-e', log];
  await startProgram(
    t,
    'nginx',
    [...args, '-g', 'daemon off; master_process off;'],
    realPort,
    folder,
  );
  await startGateway(t, ['run', 'nginx.conf', '--adapter', 'nginx'], { cwd: folder });

  const all = [...clients, { label: NONE, kind: NONE }];
  const decisions: Judgement[] = [];
  for (const { name, path } of DOORS) {
    const flags = ['nginx', 'nginx.conf', '--sni', name, '--path', path];
    const proved = await provedOutcomes(flags, population);
    for (const { label, kind } of all) {
      const [live, real] = await Promise.all([
        tryHttps(port, folder, label, name, path),
        tryHttps(realPort, folder, label, name, path),
      ]);
      decisions.push({
        client: `${label} at ${name}${path}`,
        kind,
        proved: shown(proved.get(label)?.admitted ?? false),
        code: proved.get(label)?.code ?? null,
        live: shown(live === 200),
        real: shown(real === 200),
      });
    }
  }
  return decisions;
}

function shown(isServed: boolean): string {
  return isServed ? 'served' : 'refused';
}

function configuration(port: number, folder: string): string {
  const server = (name: string, content: string): string => `
  server {
    listen 127.0.0.1:${port} ssl${name === 'on.test' ? ' default_server' : ''};
    server_name ${name};
    ssl_certificate server.crt;
    ssl_certificate_key server.key;
    ssl_client_certificate ca.crt;
    ${content}
  }`;
  return `worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
${server('on.test', 'ssl_verify_client on; location / { return 200 on; }')}
${server('deeper.test', 'ssl_verify_client on; ssl_verify_depth 2; location / { return 200 deeper; }')}
${server(
  'optional.test',
  `ssl_verify_client optional;
    location / { return 200 everybody; }
    location /private/ { if ($ssl_client_verify != SUCCESS) { return 403; } return 200 private; }`,
)}
${server(
  'checked.test',
  `ssl_verify_client optional_no_ca;
    if ($ssl_client_verify != SUCCESS) { return 403; }
    location / { return 200 checked; }`,
)}
${server('off.test', 'ssl_verify_client off; location / { return 200 off; }')}
}
`;
}
