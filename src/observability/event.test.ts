import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HandshakeEvent, isRefusal, levelOf } from './event.ts';

function handshake(more: Partial<HandshakeEvent>): HandshakeEvent {
  const event = { event: 'handshake', outcome: 'refused', cause: null, offeredVersions: [] };
  return { ...event, ...more } as HandshakeEvent;
}

test('a connection that is opened and closed makes no noise', () => {
  assert.equal(levelOf(handshake({ cause: 'client-closed' })), 'debug');
  assert.equal(
    levelOf(handshake({ cause: 'client-closed', offeredVersions: ['TLSv1.3'] })),
    'warn',
  );
  assert.equal(levelOf(handshake({ cause: 'plain-http' })), 'warn');
});

test('who is admitted under observe and would be refused is a refusal', () => {
  assert.equal(isRefusal(handshake({ outcome: 'admitted', cause: 'expired' })), true);
  assert.equal(isRefusal(handshake({ outcome: 'admitted' })), false);
  assert.equal(isRefusal(handshake({ cause: 'expired' })), true);
});
