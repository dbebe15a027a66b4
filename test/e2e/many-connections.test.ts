// 500 of each kind; many-connections.long.ts has 10,000.
import { describe, test } from 'node:test';
import { admitMany, slowMany, stallMany } from '../support/crowd.ts';
import { needs } from '../support/programs.ts';

describe('500 clients at once', needs('openssl'), () => {
  test('are admitted and answered', (t) => admitMany(t, 500));
  test('that stall their handshakes leave room for others', (t) => stallMany(t, 500, 100));
  test('that send half a head run out of time', (t) => slowMany(t, 500, '1s'));
});
