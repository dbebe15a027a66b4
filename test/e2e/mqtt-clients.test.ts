// MQTT clients through the front to an unmodified mosquitto.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayOptions, startLiveGateway } from '../support/live-gateway.ts';
import { runMosquittoClient, startMosquitto, tlsArguments } from '../support/mosquitto.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

const PROGRAMS = needs('mosquitto', 'mosquitto_pub', 'mosquitto_sub', 'openssl');

test('mosquitto_pub and mosquitto_sub through the front', PROGRAMS, async (t) => {
  const folder = await scenarioCertificates('messaging');
  const broker = await startMosquitto(t);
  const pair = { cert_file: join(folder, 'server.crt'), key_file: join(folder, 'server.key') };
  const options = gatewayOptions({
    listeners: [
      {
        listen: '127.0.0.1:0',
        protocol: 'mqtt',
        tls: { ...pair, ca_file: join(folder, 'ca.crt'), verify_and_map: true },
        upstream: `mqtt://127.0.0.1:${broker.port}`,
      },
    ],
    authorization: { users: [{ user: 'derek@nats.io' }] },
  });
  const gateway = await startLiveGateway(t, options);
  for (const version of ['mqttv311', 'mqttv5']) {
    for (const qos of ['0', '1', '2']) {
      const topic = `orders/${version}/${qos}`;
      const common = [...tlsArguments(folder, 'derek', gateway.port), '-V', version, '-t', topic];
      const sub = runMosquittoClient('mosquitto_sub', [
        ...common,
        '-q',
        qos,
        '-C',
        '1',
        '-W',
        '10',
      ]);
      const pub = await runMosquittoClient('mosquitto_pub', [
        ...common,
        '-q',
        qos,
        '-r',
        '-m',
        'hi',
      ]);
      assert.deepEqual(pub, { status: 0, stdout: '', stderr: '' });
      assert.equal((await sub).stdout, 'hi\n');
    }
    const stranger = [...tlsArguments(folder, 'stranger', gateway.port), '-V', version];
    const refused = await runMosquittoClient('mosquitto_pub', [...stranger, '-t', 'a', '-m', 'x']);
    assert.match(refused.stderr, /[Nn]ot authori[sz]ed/);
  }
});
