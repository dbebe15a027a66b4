import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayEvent, MoreLikeItEvent } from './event.ts';
import { eventText } from './event-text.ts';
import { PacedEvents } from './paced-events.ts';

interface Paced {
  readonly events: PacedEvents;
  readonly written: GatewayEvent[];
  readonly pass: (ms: number) => void;
}

function paced(): Paced {
  const written: GatewayEvent[] = [];
  let now = 0;
  const events = new PacedEvents(
    (event) => void written.push(event),
    () => now,
  );
  return {
    events,
    written,
    pass(ms) {
      now += ms;
      events.tell();
    },
  };
}

function refusal(id: string, address = '203.0.113.7', cause: string | null = 'expired') {
  return {
    event: 'handshake',
    id,
    listener: ':9443',
    remoteAddress: address,
    outcome: cause === null ? 'admitted' : 'refused',
    cause,
  } as unknown as GatewayEvent;
}

test('of refusals that are alike five are written and the rest is counted', () => {
  const { events, written, pass } = paced();
  for (let sent = 1; sent <= 17; sent++) events.take(refusal(`h${sent}`));
  assert.equal(written.length, 5);
  pass(9_999);
  assert.equal(written.length, 5);
  pass(1);
  assert.equal(written.length, 6);
  assert.deepEqual(written[5], {
    event: 'more-like-it',
    of: 'handshake',
    cause: 'expired',
    remoteAddress: '203.0.113.7',
    count: 12,
    seconds: 10,
    lastId: 'h17',
  });
  assert.deepEqual(eventText(written[5] as GatewayEvent), [
    '12 more like it from 203.0.113.7 in 10 s: expired [the last: h17]',
  ]);
});

test('as long as they go on there is one line in ten seconds; after a quiet time they are written again', () => {
  const { events, written, pass } = paced();
  for (let sent = 0; sent < 10; sent++) events.take(refusal('a'));
  pass(10_000);
  for (let sent = 0; sent < 10; sent++) events.take(refusal('a'));
  pass(10_000);
  const counts = written.flatMap((event) => (event.event === 'more-like-it' ? [event.count] : []));
  assert.deepEqual(counts, [5, 10]);
  pass(10_000);
  events.take(refusal('b'));
  assert.equal(written.length, 8);
});

test('another address, another cause and admitted clients are not held back', () => {
  const { events, written } = paced();
  for (let sent = 0; sent < 10; sent++) events.take(refusal('a'));
  events.take(refusal('b', '203.0.113.8'));
  events.take(refusal('c', '203.0.113.7', 'revoked'));
  for (let sent = 0; sent < 10; sent++) events.take(refusal('d', '203.0.113.7', null));
  assert.equal(written.length, 5 + 1 + 1 + 10);
});

test('a certificate that was not seen before has its line, up to a hundred of them', () => {
  const { events, written } = paced();
  for (let sent = 0; sent < 300; sent++) {
    events.take({ ...refusal('a'), peer: { fingerprint: `${sent}` } } as GatewayEvent);
    events.take({ ...refusal('a'), peer: { fingerprint: '0' } } as GatewayEvent);
  }
  assert.ok(written.length >= 100 && written.length <= 105, `${written.length} lines`);
});

test('beyond the addresses that are told apart all are counted together, and none is lost', () => {
  const { events, written, pass } = paced();
  for (let address = 0; address < 2000; address++) events.take(refusal('a', `10.0.0.${address}`));
  assert.equal(written.length, 500);
  pass(10_000);
  const more = written.at(-1) as MoreLikeItEvent;
  assert.equal(more.remoteAddress, null);
  assert.equal(more.count, 1500);
  assert.match(eventText(more)[0] ?? '', /^1500 more like it from other addresses in 10 s/);
});

test('what was counted is told before the gateway stops', () => {
  const { events, written } = paced();
  for (let sent = 0; sent < 7; sent++) events.take(refusal('a'));
  events.take({ event: 'stopping', reason: 'SIGTERM' });
  assert.deepEqual(
    written.slice(5).map(({ event }) => event),
    ['more-like-it', 'stopping'],
  );
});
