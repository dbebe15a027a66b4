import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JudgedAim, judgeAims } from './aims.ts';
import { failedRow, figureRow, type Row } from './row.ts';

function rows(scenario: string, figures: Readonly<Record<string, number>>): Row[] {
  return Object.entries(figures).map(([contender, value]) =>
    figureRow(scenario, contender, { value, unit: 'x' }),
  );
}

function verdicts(aims: readonly JudgedAim[], title: RegExp): string[] {
  return aims
    .filter((aim) => title.test(aim.title))
    .map(({ peer, verdict }) => `${peer} ${verdict}`);
}

test('an aim is met at its limit, and a first step where the aim is missed', () => {
  const scenario = 'http2: GET, 32 streams a connection';
  const aims = judgeAims(rows(scenario, { countersign: 24, nginx: 20, haproxy: 10, caddy: 100 }));
  assert.deepEqual(verdicts(aims, /HTTP\/2/), ['nginx met', 'haproxy missed', 'caddy met']);
  const slower = judgeAims(rows(scenario, { countersign: 40, nginx: 20 }));
  assert.deepEqual(verdicts(slower, /HTTP\/2/), [
    'nginx first step met',
    'haproxy not measured',
    'caddy not measured',
  ]);
});

test('is held to the newer build where there are two', () => {
  const scenario = 'http2: GET, 32 streams a connection';
  const measured = { countersign: 100, nginx: 100, 'nginx-trixie': 40 };
  const aims = judgeAims(rows(scenario, measured));
  assert.equal(verdicts(aims, /HTTP\/2/)[0], 'nginx missed');
});

test('of messages, the share of what the server itself carries', () => {
  const aims = judgeAims(rows('nats: publish 128 bytes', { countersign: 1.5, 'nats-server': 1 }));
  const aim = aims.find(({ title }) => title.startsWith('NATS publish, 128'));
  assert.equal(aim?.measured, '0.67');
  assert.equal(aim.verdict, 'first step met');
});

test('a contender that failed is not measured', () => {
  const scenario = 'stream: 64 bytes there and back';
  const aims = judgeAims([
    ...rows(scenario, { countersign: 1 }),
    failedRow(scenario, 'hitch-trixie', 'gone'),
  ]);
  assert.deepEqual(verdicts(aims, /small messages/), ['hitch not measured']);
});

test('a reload may fail no request, and double the p99 for one second', () => {
  const reload = (p99AfterMs: number, errors: number): Row =>
    figureRow(
      'reload: requests while the configuration changes',
      'countersign',
      { value: p99AfterMs, unit: 'ms' },
      { errors, details: { p99BeforeMs: 10, p99AfterMs, p99NextMs: 10 } },
    );
  assert.deepEqual(verdicts(judgeAims([reload(20, 0)]), /reload/), [' met', ' met', ' met']);
  assert.deepEqual(verdicts(judgeAims([reload(21, 1)]), /reload/), [' missed', ' missed', ' met']);
});
