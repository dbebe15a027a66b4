// 10,000 of each kind, with the default bound on handshakes; many-connections.test.ts has 500.
import { describe, test } from 'node:test';
import { admitMany, slowMany, stallMany } from '../support/crowd.ts';
import { needs } from '../support/programs.ts';

describe('10,000 clients at once', needs('openssl'), () => {
  test('are admitted and answered', (t) => admitMany(t, 10_000));
  test('that stall their handshakes leave room for others', (t) => stallMany(t, 10_000, 2048));
  test('that send half a head run out of time', (t) => slowMany(t, 10_000, '15s'));
});
