// The decisions about a population of clients by nats-server's own file: proved, live and by nats-server.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Population, USERS } from './client-population.ts';
import type { Judgement } from './decision-agreement.ts';
import {
  natsUsers,
  NONE,
  type Outcome,
  provedOutcomes,
  REFUSED,
  startProgram,
  tryNats,
} from './decision-peers.ts';
import { freePort } from './free-port.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';

/** Takes every client to all three. The file is one and the same but for the port that is listened on. */
export async function natsDecisions(
  t: Pick<TestContext, 'after'>,
  population: Population,
): Promise<Judgement[]> {
  const { folder, clients } = population;
  const [port, realPort, monitor, upstream] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  await writeFile(join(folder, 'nats.conf'), configuration(port));
  const proved = await provedOutcomes(['nats', 'nats.conf'], population);
  const own = ['-a', '127.0.0.1', '-p', String(realPort), '-m', String(monitor)];
  await startProgram(t, 'nats-server', ['-c', 'nats.conf', ...own], realPort, folder);
  await startProgram(
    t,
    'nats-server',
    ['-a', '127.0.0.1', '-p', String(upstream)],
    upstream,
    folder,
  );
  const gateway = await startGateway(
    t,
    ['run', 'nats.conf', '--adapter', 'nats', '--upstream', `nats://127.0.0.1:${upstream}`],
    { cwd: folder },
  );

  const all = [...clients, { label: NONE, kind: NONE }];
  const realAdmitted = new Map<string, boolean>();
  const live = new Map<string, Outcome>();
  for (const { label } of all) {
    realAdmitted.set(label, (await tryNats(realPort, folder, label)) !== null);
    const before = gateway.log.length;
    const from = await tryNats(port, folder, label);
    live.set(label, from === null ? REFUSED : await admittedFrom(from, gateway, before));
  }
  const users = await natsUsers(monitor);
  return all.map(({ label, kind }) => {
    const user = users.get(label) ?? null;
    const real = realAdmitted.get(label) === true ? { admitted: true, user } : REFUSED;
    return {
      client: label,
      kind,
      proved: shown(proved.get(label)),
      code: proved.get(label)?.code ?? null,
      live: shown(live.get(label)),
      real: shown(real),
    };
  });
}

function shown({ admitted, user }: Outcome = REFUSED): string {
  return admitted ? `admitted as ${user ?? 'nobody'}` : 'refused';
}

function configuration(port: number): string {
  const users = USERS.map((user) => `    {user: ${JSON.stringify(user)}}\n`).join('');
  return `host: 127.0.0.1
port: ${port}
tls {
  cert_file: "server.crt"
  key_file: "server.key"
  ca_file: "ca.crt"
  verify: true
  verify_and_map: true
  timeout: 5
}
authorization {
  users = [
${users}  ]
}
`;
}

/** What the gateway says of an admitted client, which came from this port after `before` log lines. */
async function admittedFrom(
  port: number,
  gateway: GatewayProcess,
  before: number,
): Promise<Outcome> {
  const { user } = await gateway.waitForLog(
    ({ event, remotePort }) => event === 'handshake' && remotePort === port,
    before,
  );
  return { admitted: true, user: typeof user === 'string' ? user : null };
}
