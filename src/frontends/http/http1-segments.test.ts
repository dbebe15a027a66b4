import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { patientLimits } from '../../../test/support/http1-peer.ts';
import { requestCases, VECTOR_LIMITS } from '../../../test/vectors/http1-requests.ts';
import type { ClientFacts, Exchange } from './exchange.ts';
import { Http1Connection } from './http1.ts';
import type { HttpLimits } from './options.ts';

const limits: HttpLimits = { ...patientLimits, ...VECTOR_LIMITS };
const client: ClientFacts = {
  handshakeId: 'handshake-1',
  remoteAddress: '192.0.2.1',
  remotePort: 40000,
  tlsVersion: 'TLSv1.3',
  user: null,
  subject: '',
  issuer: '',
  serialNumber: '',
  verification: 'NONE',
  sans: [],
  chain: [],
  fingerprint: '',
};
const short = requestCases.filter(({ raw }) => raw.length < 2000);

test('however the bytes are cut into segments, requests and answers are the same', async () => {
  const cuts = fc.array(fc.nat(2000), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...short), cuts, async ({ raw }, at) => {
      assert.deepEqual(await outcome(segments(raw, at)), await outcome([raw]));
    }),
    { numRuns: 400 },
  );
});

test('one byte at a time, requests and answers are the same', async () => {
  for (const { raw, name } of short.filter((_, index) => index % 5 === 0)) {
    assert.deepEqual(await outcome(raw.split('')), await outcome([raw]), name);
  }
});

interface Outcome {
  readonly requests: string[];
  readonly answers: string;
}

/** What the session saw of the requests, bodies joined, and what the client was answered. */
async function outcome(parts: readonly string[]): Promise<Outcome> {
  const [ours, theirs] = duplexPair();
  const requests: string[] = [];
  const handle = (exchange: Exchange): void => {
    let body = '';
    exchange.receiveBody({
      data(bytes) {
        body += bytes.toString('latin1');
        return true;
      },
      end(trailers) {
        requests.push(JSON.stringify({ ...exchange.request, body, trailers }));
        exchange.respond({
          status: 200,
          reason: 'OK',
          fields: '',
          body: { kind: 'length', length: 2 },
        });
        exchange.write(Buffer.from('ok'));
        exchange.end('');
      },
      abort: () => requests.push('aborted'),
    });
  };
  const connection = new Http1Connection(ours, { client, handle }, limits);
  let answers = '';
  theirs.setEncoding('latin1');
  theirs.on('data', (text: string) => {
    answers += text;
  });
  const over = new Promise((resolve) => ours.once('close', resolve));
  for (const part of parts) theirs.write(part, 'latin1');
  theirs.end();
  await over;
  connection.destroy();
  return {
    requests,
    answers: answers.replace(/Date: [^\r]+/g, '').replace(/HTTP\/1.1 100[^\r]+\r\n\r\n/, ''),
  };
}

function segments(raw: string, cuts: readonly number[]): string[] {
  const at = [...new Set(cuts.map((cut) => cut % raw.length))].toSorted((a, b) => a - b);
  return [...at, raw.length].map((end, index) => raw.slice(index === 0 ? 0 : at[index - 1], end));
}
