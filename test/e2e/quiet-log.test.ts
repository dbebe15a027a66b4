// What clients do again and again costs few lines of log, and none is forgotten in the counts.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { observedGateway } from '../support/observed-gateway.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

describe('a quiet log', needs('curl', 'openssl'), () => {
  test('a thousand refusals that are alike make few lines with the right counts', async (t) => {
    const house = await observedGateway(t, { verify: 'true', rest: 'workers: 2' });
    const gateway = await house.start();
    const anchors = join(await scenarioCertificates('webServer'), 'ca.crt');
    const url = `https://localhost:${house.port}/[1-1000]`;
    const own = ['-q', '--silent', '--http1.1', '--output', '/dev/null'];
    await once(execFile(programPath('curl'), [...own, '--cacert', anchors, url]), 'close');
    assert.equal(await gateway.stop(), 0);

    const refused = gateway.log.filter(({ outcome }) => outcome === 'refused');
    const more = gateway.log.filter(({ event }) => event === 'more-like-it');
    const counted = more.reduce((sum, { count }) => sum + Number(count), 0);
    assert.equal(refused.length + counted, 1000);
    assert.ok(refused.length <= 10, `${refused.length} lines of refusals`);
    assert.ok(more.length <= 10, `${more.length} lines of counts`);
    assert.match(
      String(more[0]?.['msg']),
      /^\d+ more like it from 127\.0\.0\.1 in \d+ s: no-certificate \[the last: \w+\]$/,
    );
  });

  test('a probe that opens and closes a connection makes no noise', async (t) => {
    const house = await observedGateway(t, { verify: 'true', rest: 'workers: 1' });
    const gateway = await house.start();
    for (let probes = 0; probes < 20; probes++) {
      const socket = connect(house.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.end();
      socket.resume();
      await once(socket, 'close');
    }
    await house.ask('client');
    await gateway.waitForLog(({ outcome }) => outcome === 'admitted');
    assert.equal(await gateway.stop(), 0);
    const events = gateway.log.map(({ event }) => event);
    assert.deepEqual(events, ['listening', 'handshake', 'stopping']);
  });

  test('with `log: { level: debug }` a probe has its line', async (t) => {
    const rest = 'workers: 2\nlog: { level: debug }';
    const house = await observedGateway(t, { verify: 'true', rest });
    const gateway = await house.start();
    const socket = connect(house.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end();
    const { level } = await gateway.waitForLog(({ event }) => event === 'handshake');
    assert.equal(level, 'debug');
  });
});
