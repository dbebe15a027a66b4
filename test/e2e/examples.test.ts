// What the examples' READMEs say is typed, and prints what they show.
import { test } from 'node:test';
import { runExample } from '../support/example.ts';
import { needs } from '../support/programs.ts';

test('example: an API that only known clients reach', needs('curl', 'python3'), (t) =>
  runExample(t, 'api-protection', [9443, 8080]),
);

test('example: a site for verified visitors', needs('curl'), (t) =>
  runExample(t, 'static-site', [9443]),
);

test('example: a client in Python, and curl', needs('curl', 'python3'), (t) =>
  runExample(t, 'python-client', [9443]),
);

test('example: NATS, subjects by certificate', needs('nats-server'), (t) =>
  runExample(t, 'nats', [4222, 4223]),
);

test('example: a TCP service over the network', needs('redis-server', 'redis-cli'), (t) =>
  runExample(t, 'remote-access', [6379, 6380]),
);

test('example: two authorities, one for each side', needs('curl'), (t) =>
  runExample(t, 'two-authorities', [9443]),
);

test('example: service to service, neither of which knows TLS', needs('python3'), (t) =>
  runExample(t, 'service-to-service', [8080, 9080, 9443]),
);

test('example: gRPC, methods by certificate', (t) => runExample(t, 'grpc', [9443, 50051]));

test(
  'example: MQTT, topics by certificate',
  needs('mosquitto', 'mosquitto_pub', 'mosquitto_sub'),
  (t) => runExample(t, 'mqtt', [8883, 1883]),
);
