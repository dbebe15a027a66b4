import assert from 'node:assert/strict';
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { der } from '../pki/der-writer.ts';
import { TicketBox } from './ticket-box.ts';
import { RotatingTicketSecrets, TICKET_SECRET_LIFETIME_MS } from './ticket-secrets.ts';

const secrets = new RotatingTicketSecrets();
const box = new TicketBox(secrets, 'binding');
const leaf = der.sequence(der.octetString(Buffer.from('a certificate')));

/** The fields of OpenSSL's session that stand before the certificate, and one behind it. */
function session(...certificate: readonly Buffer[]): Buffer {
  return der.sequence(
    der.integer(1),
    der.integer(0x0304),
    der.octetString(Buffer.from([0x13, 0x01])),
    der.octetString(Buffer.alloc(0)),
    der.octetString(randomBytes(48)),
    der.explicit(1, der.integer(1_700_000_000)),
    der.explicit(2, der.integer(3600)),
    ...certificate.map((bytes) => der.explicit(3, bytes)),
    der.explicit(4, der.octetString(Buffer.from('context'))),
  );
}

/** A ticket as OpenSSL makes it (RFC 5077, section 4) by the key that the box gives. */
function seal(content: Buffer, by: TicketBox = box): Buffer {
  const key = by.sealing();
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', key.aes, iv);
  const sealed = Buffer.concat([key.name, iv, cipher.update(content), cipher.final()]);
  return Buffer.concat([sealed, createHmac('sha256', key.hmac).update(sealed).digest()]);
}

test('a ticket shows the certificate of its client, or that there is none', () => {
  assert.deepEqual(box.open(seal(session(leaf)))?.leaf, leaf);
  const bare = box.open(seal(session()));
  assert.ok(bare !== null);
  assert.equal(bare.leaf, null);
});

test('a ticket with one bit changed, cut short or made longer is none', () => {
  const ticket = seal(session(leaf));
  for (let at = 0; at < ticket.length; at += 1) {
    const changed = Buffer.from(ticket);
    changed[at] = (ticket[at] ?? 0) ^ (1 << (at % 8));
    assert.equal(box.open(changed), null, `byte ${at}`);
    assert.equal(box.open(ticket.subarray(0, at)), null, `${at} bytes`);
  }
  assert.equal(box.open(Buffer.concat([ticket, Buffer.alloc(1)])), null);
  assert.equal(box.open(Buffer.alloc(70_000)), null);
});

test('a ticket that was sealed around something else is none', () => {
  for (const content of ['', 'nothing of OpenSSL', '\x30\x80', '\x30\x02\xa3\x7f']) {
    assert.equal(box.open(seal(Buffer.from(content, 'latin1'))), null);
  }
});

test('a ticket opens at every process with the same secrets and in no other context', () => {
  const ticket = seal(session(leaf));
  assert.notEqual(new TicketBox({ all: [...secrets.all] }, 'binding').open(ticket), null);
  assert.equal(new TicketBox(secrets, 'another').open(ticket), null);
  assert.equal(new TicketBox(new RotatingTicketSecrets(), 'binding').open(ticket), null);
});

test('OpenSSL gets the key of a ticket only while a handshake was let in by it', () => {
  const ticket = seal(session(leaf));
  const opened = box.open(ticket);
  assert.ok(opened !== null);
  const ask = () => box.opening(ticket.subarray(0, 16), ticket.subarray(16, 32));
  assert.equal(ask(), null);
  box.letIn(opened);
  box.letIn(opened);
  assert.deepEqual(ask(), box.sealing());
  assert.equal(box.opening(Buffer.alloc(16), ticket.subarray(16, 32)), null);
  box.letOut(opened);
  assert.notEqual(ask(), null);
  box.letOut(opened);
  assert.equal(ask(), null);
});

test('secrets are replaced when their time is up, and the one before still opens', () => {
  let now = 0;
  const rotating = new RotatingTicketSecrets(() => now);
  const later = new TicketBox(rotating, 'binding');
  const ticket = seal(session(leaf), later);
  now = TICKET_SECRET_LIFETIME_MS - 1;
  assert.equal(rotating.all.length, 1);
  now += 1;
  assert.notEqual(later.open(ticket), null);
  assert.notDeepEqual(later.sealing().name, ticket.subarray(0, 16));
  now += TICKET_SECRET_LIFETIME_MS;
  assert.equal(later.open(ticket), null);
  assert.equal(rotating.all.length, 2);
});
