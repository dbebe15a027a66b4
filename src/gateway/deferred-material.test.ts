import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { serverTls } from '../../test/support/accepting-server.ts';
import type { ServerMaterial } from '../tls/server-material.ts';
import type { ServerTlsOptions } from '../tls/options.ts';
import {
  AskedMaterial,
  MaterialDesk,
  optionsOf,
  type WorkerSnapshot,
} from './deferred-material.ts';
import type { GatewayOptions, ListenerOptions } from './options.ts';

function server(name: string, version = 1): ServerTlsOptions {
  const pair = { certPem: `certificate ${name} ${version}`, keyPem: `key ${name} ${version}` };
  return serverTls(pair, [], { name, snis: [name] });
}

function servers(count: number): ServerTlsOptions[] {
  return Array.from({ length: count }, (_, index) => server(`site-${index}`));
}

/** As far as the desk looks. */
function optionsWith(...listeners: readonly (readonly ServerTlsOptions[])[]): GatewayOptions {
  return {
    listeners: listeners.map((certificates, index) => {
      return { name: `:${index}`, tls: { fallback: server('fallback'), certificates } };
    }),
  } as unknown as GatewayOptions;
}

/** What a worker makes of the next snapshot. */
function received(desk: MaterialDesk, options: GatewayOptions): readonly ListenerOptions[] {
  return optionsOf(deserialize(serialize(desk.snapshot(options))) as WorkerSnapshot).listeners;
}

function idsOf(listeners: readonly ListenerOptions[]): (number | undefined)[] {
  return listeners.flatMap(({ tls }) => tls.certificates.map(({ materialId }) => materialId));
}

/** A worker of this primary, joined without processes. */
function workerOf(desk: MaterialDesk): AskedMaterial {
  const worker: AskedMaterial = new AskedMaterial((message) => {
    worker.answered(structuredClone(desk.answer(message)));
  });
  return worker;
}

function find(worker: AskedMaterial, id: number | undefined): Promise<ServerMaterial | null> {
  return new Promise((resolve) => worker.find(id ?? 0, resolve));
}

test('of many certificates workers get numbers, and each certificate with its key when they ask', async () => {
  const desk = new MaterialDesk();
  const all = servers(101);
  const [deferred] = received(desk, optionsWith(all));
  const sent = JSON.stringify(deferred?.tls.certificates);
  assert.ok(!sent.includes('certificate site-') && !sent.includes('key site-'));
  assert.equal(deferred?.tls.fallback?.keyPem, 'key fallback 1');
  const worker = workerOf(desk);
  for (const [index, id] of idsOf([deferred]).entries()) {
    const { certPem, keyPem } = all[index];
    assert.deepEqual(await find(worker, id), { certPem, keyPem });
  }
  assert.equal(await find(worker, 102), null);
});

test('a worker gets everything else of each certificate, whatever they differ in', () => {
  const kinds: Partial<ServerTlsOptions>[] = [
    {},
    { mode: 'false' },
    { caPem: ['other'] },
    { pins: new Set(['00']) },
    { minVersion: 'TLSv1.3' },
    { crls: [Buffer.from('a list')] },
    ...Array.from({ length: 20 }, (_, depth) => ({ depth })),
  ];
  const all = servers(200).map((one, index) => ({ ...one, ...kinds[(index * 7) % kinds.length] }));
  const [{ tls }] = received(new MaterialDesk(), optionsWith(all));
  const expected = all.map((one, index) => {
    return { ...one, certPem: '', keyPem: '', materialId: tls.certificates[index].materialId };
  });
  assert.deepEqual(tls.certificates, deserialize(serialize(expected)));
});

test('few certificates go along', () => {
  const few = optionsWith(servers(100));
  assert.deepEqual(received(new MaterialDesk(), few), few.listeners);
});

test('a certificate that several listeners serve, or several entries name, has one number', () => {
  const all = servers(101);
  const again = { ...server('site-0'), name: 'again', snis: ['other'] };
  const ids = idsOf(received(new MaterialDesk(), optionsWith(all, [...all, again])));
  assert.equal(new Set(ids).size, 101);
  assert.equal(ids.at(-1), ids[0]);
});

test('a certificate keeps its number until it is another one', async () => {
  const desk = new MaterialDesk();
  const before = idsOf(received(desk, optionsWith(servers(101))));
  desk.settle();
  const renewed = servers(101).with(7, server('site-7', 2));
  const after = idsOf(received(desk, optionsWith(renewed)));
  desk.settle();
  assert.deepEqual(after.with(7, before[7]), before);
  assert.notEqual(after[7], before[7]);
  const worker = workerOf(desk);
  assert.equal((await find(worker, after[7]))?.keyPem, 'key site-7 2');
  // A handshake that began before the reload.
  assert.equal((await find(worker, before[7]))?.keyPem, 'key site-7 1');
});

test('what left with a snapshot is forgotten a while after the next one is in force', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const desk = new MaterialDesk();
  const first = idsOf(received(desk, optionsWith(servers(101))));
  desk.settle();
  const next = idsOf(received(desk, optionsWith(servers(102).slice(1))));
  t.mock.timers.tick(600_000);
  const worker = workerOf(desk);
  assert.notEqual(await find(worker, first[0]), null);
  desk.settle();
  assert.notEqual(await find(worker, first[0]), null);
  t.mock.timers.tick(600_000);
  assert.equal(await find(worker, first[0]), null);
  for (const id of next) assert.notEqual(await find(worker, id), null);
});

test('a primary that does not answer leaves nobody waiting, and its late answer is passed over', async () => {
  const asked: number[] = [];
  const worker = new AskedMaterial(({ question }) => asked.push(question), 10);
  assert.equal(await find(worker, 1), null);
  const material = { certPem: 'late', keyPem: 'late' };
  worker.answered({ kind: 'material', question: asked[0] ?? 0, material });
  assert.deepEqual(asked, [1]);
});
