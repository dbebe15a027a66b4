// Who follows a running gateway sees what happens as it happens, whichever worker it happens in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { observedGateway, startTail, until } from '../support/observed-gateway.ts';
import { needs } from '../support/programs.ts';

describe('tail', needs('curl', 'openssl'), () => {
  test('shows refusals with what mends them, and --refused shows nothing else', async (t) => {
    const house = await observedGateway(t, { verify: 'true', rest: 'workers: 2' });
    const gateway = await house.start();
    const refused = startTail(t, '--refused', '--config', house.path);
    const all = startTail(t, '--config', house.path);
    const isFollowing = (lines: readonly string[]) => lines.length > 0 || undefined;
    await until(
      () => isFollowing(refused.lines) && isFollowing(all.lines),
      () => house.ask(null),
    );

    await house.ask('client');
    await house.ask('expired');
    const line = await until(() => refused.lines.find((text) => text.includes('CN=expired')));
    assert.match(line, /^\d\d:\d\d:\d\d refused CN=expired from 127\.0\.0\.1:\d+: expired: /);
    assert.match(line, /To mend it: Renew it: .* \[[0-9a-z]{20}\]$/);
    assert.ok(refused.lines.every((text) => / refused /.test(text)));
    assert.ok(
      await until(
        () => all.lines.some((text) => / admitted alice@example/.test(text)) || undefined,
      ),
    );

    refused.process.kill('SIGINT');
    assert.equal(await refused.ended, 0);
    assert.equal(refused.stderr(), '');
    assert.equal(await gateway.stop(), 0);
    assert.equal(await all.ended, 1);
    assert.match(all.lines.at(-1) ?? '', /stopping: SIGTERM/);
    assert.match(all.stderr(), /the gateway has ended/);
  });

  test('--user shows one user, and the JSON of an event is that of the log', async (t) => {
    const house = await observedGateway(t, { verify: 'true', rest: 'workers: 1' });
    const gateway = await house.start();
    const tail = startTail(t, '--user', 'alice@example.com', '--json', '--config', house.path);
    await until(
      () => tail.lines.length > 0 || undefined,
      () => house.ask('client'),
    );
    await house.ask('other');
    await house.ask(null);
    await house.ask('client');
    const events = tail.lines.map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.ok(events.every(({ user }) => user === 'alice@example.com'));
    const {
      level: _level,
      msg: _msg,
      time: _time,
      ...logged
    } = await gateway.waitForLog(({ id }) => id === events[0]?.['id']);
    const { time: _tailTime, ...told } = events[0] ?? {};
    assert.deepEqual(told, logged);
  });

  test('where no gateway runs it says so in one line', async (t) => {
    const house = await observedGateway(t, { verify: 'true' });
    for (const words of [['tail'], ['status'], ['status', '--readiness']]) {
      const { status, stderr } = await house.shell.run(...words, '--config', house.path);
      assert.equal(status, 1);
      assert.match(stderr, /^countersign \w+: no gateway runs with the state in .*--dir\)\n$/);
    }
  });
});
