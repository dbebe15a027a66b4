// `verify: observe`: everyone is admitted, and the ledger knows who would not be.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { GatewayStatus } from '../../src/gateway/status.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { observedGateway, until } from '../support/observed-gateway.ts';
import { needs } from '../support/programs.ts';

describe('observe', needs('curl', 'openssl'), () => {
  test('everyone is served, and status says who would be refused, how often and since when', async (t) => {
    const house = await observedGateway(t, { verify: 'observe', rest: 'workers: 2' });
    const gateway = await house.start();
    const before = await house.readiness();
    assert.equal(before.status, 1);
    assert.equal(before.said.reason, 'too-young');

    for (const name of [null, null, 'client', 'expired', 'expired', 'expired']) {
      assert.equal((await house.ask(name)).status, 200);
    }
    const { status, said } = await until(async () => {
      const answer = await house.readiness();
      const times = answer.said.clients.map(({ refusals }) => refusals);
      return times.length === 2 && Math.max(...times) === 3 ? answer : undefined;
    });
    assert.equal(status, 1);
    assert.equal(said.reason, 'refusals');
    assert.equal(said.seen, 3);
    const [expired, none] = said.clients;
    assert.equal(expired?.subject, 'CN=expired');
    assert.equal(expired?.finding, 'expired');
    assert.equal(expired?.refusals, 3);
    assert.equal(expired?.notAfter, '2020-02-01T00:00:00.000Z');
    assert.equal(none?.fingerprint, null);
    assert.equal(none?.address, '127.0.0.1');
    assert.equal(none?.finding, 'no-certificate');
    assert.equal(none?.refusals, 2);
    assert.ok(Date.parse(none?.firstRefused ?? '') <= Date.parse(none?.lastRefused ?? ''));

    const { stdout } = await house.shell.run('status', '--readiness', '--config', house.path);
    assert.match(stdout, /2 clients would be refused:/);
    assert.match(stdout, /CN=expired from 127\.0\.0\.1\n {4}expired: 3 times since 20/);
    assert.match(stdout, /\nnot ready: the last refusal was \d+ seconds? ago/);

    const line = await gateway.waitForLog(({ cause }) => cause === 'expired');
    assert.equal(line['outcome'], 'admitted');
    assert.equal((line['finding'] as { code: string }).code, 'expired');
  });

  test('it is ready when nobody was refused for long enough, and verify: true then admits the same clients', async (t) => {
    const house = await observedGateway(t, { verify: 'observe', rest: 'workers: 1' });
    await house.start();
    await house.ask(null);
    assert.equal((await house.readiness('--within', '1h')).said.reason, 'refusals');
    const ready = await until(
      async () => {
        const answer = await house.readiness('--within', '2s');
        return answer.said.ready ? answer : undefined;
      },
      () => house.ask('client'),
    );
    assert.equal(ready.status, 0);
    const words = ['status', '--readiness', '--config', house.path, '--within', '1s'];
    const said = await until(async () => {
      const { status, stdout } = await house.shell.run(...words);
      return status === 0 ? stdout : undefined;
    });
    assert.match(said, /\nready: nobody refused for 1 second\n$/);

    const enforced = (await readFile(house.path, 'utf8')).replace(
      'verify: observe',
      'verify: true',
    );
    await writeFile(house.path, enforced);
    await until(async () => ((await house.ask(null)).status === null ? true : undefined));
    assert.equal((await house.ask('client')).status, 200);
    const after = await house.readiness();
    assert.equal(after.said.reason, 'not-observing');
    assert.equal(after.status, 1);
  });

  test('the ledger outlives kill -9, and the next gateway takes the place of the dead one', async (t) => {
    const house = await observedGateway(t, { verify: 'observe', rest: 'workers: 1' });
    const first = await house.start();
    await house.ask('expired');
    const known = await until(async () => (await house.readiness()).said.clients[0]);
    first.process.kill('SIGKILL');
    await once(first.process, 'close');

    await house.start();
    await house.ask('expired');
    const again = await until(async () => {
      const [client] = (await house.readiness()).said.clients;
      return client?.refusals === 2 ? client : undefined;
    });
    assert.equal(again.firstSeen, known.firstSeen);
    assert.equal(again.firstRefused, known.firstRefused);
    assert.ok(Date.parse(again.lastSeen ?? '') > Date.parse(known.lastSeen ?? ''));
  });

  test('what is kept is for the owner alone, and a damaged ledger is put aside', async (t) => {
    const house = await observedGateway(t, { verify: 'true', rest: 'workers: 1' });
    const first = await house.start();
    const state = join(house.folder, '.countersign');
    const modeOf = async (name: string) => (await stat(join(state, name))).mode & 0o777;
    assert.deepEqual(
      await Promise.all(['.', 'control.sock', 'clients.db'].map(modeOf)),
      [0o700, 0o600, 0o600],
    );
    await first.stop();
    await writeFile(join(state, 'clients.db'), 'no database'.repeat(1000));
    const second = await house.start();
    const line = await second.waitForLog(({ event }) => event === 'state-unusable');
    assert.match(String(line['problem']), /is now .*clients\.db\.damaged; a new one was begun$/);
    assert.equal((await house.ask('client')).status, 200);
  });

  test('a second gateway with the same state serves without; with an admin listener it does not', async (t) => {
    const house = await observedGateway(t, { verify: 'true', rest: 'workers: 1' });
    await house.start();
    const other = async (rest: string): Promise<GatewayProcess> => {
      const path = join(house.folder, 'other.yaml');
      const text = await readFile(house.path, 'utf8');
      await writeFile(path, text.replace(/listen: .*/, `listen: 127.0.0.1:0`) + rest);
      return startGateway(t, ['run', path]);
    };
    const second = await other('');
    const line = await second.waitForLog(({ event }) => event === 'state-unusable');
    assert.match(String(line['problem']), /another gateway runs with the state in .*: stop it, or/);
    await assert.rejects(
      other('admin: { listen: 127.0.0.1:0 }\n'),
      /another gateway runs with the state in .*: stop it, or give/,
    );
  });

  test('status tells of listeners, certificates, upstreams and the last reload', async (t) => {
    const house = await observedGateway(t, { verify: 'true', rest: 'workers: 2' });
    const gateway = await house.start();
    await house.ask('client');
    await house.ask('expired');
    await house.ask(null);
    const status = async () => {
      const { stdout } = await house.shell.run('status', '--config', house.path, '--json');
      return JSON.parse(stdout) as GatewayStatus;
    };
    const found = await until(async () => {
      const now = await status();
      const [listener] = now.listeners;
      return listener?.admitted === 1 && listener.refused === 2 ? now : undefined;
    });
    assert.equal(found.listeners[0]?.address, `127.0.0.1:${house.port}`);
    assert.deepEqual(found.listeners[0]?.verify, ['true']);
    const { pids, ...workers } = found.workers;
    assert.deepEqual(workers, { configured: 2, ready: 2 });
    assert.equal(new Set([...pids, gateway.process.pid]).size, 3);
    for (const pid of pids) process.kill(pid, 0);
    assert.equal(found.certificates[0]?.subject, 'CN=localhost');
    assert.equal(found.lastReload, null);
    assert.equal(found.ledger.clients, 3);

    await writeFile(house.path, 'listeners: []\n');
    const broken = await until(async () => (await status()).lastReload ?? undefined);
    assert.equal(broken.outcome, 'failed');
    assert.match(broken.problems[0] ?? '', /gateway\.yaml:1:/);
    const { stdout } = await house.shell.run('status', '--config', house.path);
    assert.match(stdout, /Last reload: failed at 20.*\n {2}.*gateway\.yaml:1:/);
  });
});
