import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthRoutes } from './health.ts';
import type { Readiness } from './running-gateway.ts';

const listeners = [{ name: ':9443', address: ':9443' }];

async function readyz(
  state: Readiness['state'],
  ready: number,
): Promise<readonly [number, unknown]> {
  const readiness = { state, listeners, workers: { configured: 2, ready } };
  const response = await healthRoutes({
    readiness: () => readiness,
    metrics: () => Promise.resolve(''),
  }).request('/readyz');
  return [response.status, ((await response.json()) as { reason: unknown }).reason];
}

test('a gateway is ready when all its workers accept, and says what is missing otherwise', async () => {
  assert.deepEqual(await readyz('running', 2), [200, null]);
  assert.deepEqual(await readyz('running', 1), [503, '1 of 2 workers accept connections']);
  assert.deepEqual(await readyz('starting', 0), [503, 'the gateway is starting']);
  const draining = 'the gateway is draining its connections and will stop';
  assert.deepEqual(await readyz('draining', 2), [503, draining]);
});
