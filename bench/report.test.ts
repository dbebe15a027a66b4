import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportText } from './report.ts';
import type { Row } from './row.ts';

const ROW: Row = {
  scenario: 'handshake',
  contender: 'countersign',
  operations: 100,
  cpuMicroseconds: 1200,
  perSecond: 700,
  latencyMs: { p50: 1.5, p99: 3 },
  errors: 0,
  resumed: 0,
};

test('shows each scenario with the ratio of ours to each contender', () => {
  const head = {
    date: '2026-01-01',
    machine: '2 x CPU',
    pinned: true,
    took: '01:00',
    versions: { nginx: 'nginx 1' },
  };
  const text = reportText(head, [ROW, { ...ROW, contender: 'nginx', cpuMicroseconds: 1000 }]);
  assert.match(text, /^2 x CPU\nnginx: nginx 1\n\nhandshake\n/);
  assert.match(text, /^countersign +1200\.0 +1\.000 +700 +1\.50 +3\.00 +100 +0 +0$/m);
  assert.match(text, /^nginx +1000\.0 +1\.200 /m);
});

test('compares round by round where they took turns', () => {
  const head = {
    date: '2026-01-01',
    machine: '2 x CPU',
    pinned: true,
    took: '01:00',
    versions: {},
  };
  const other = {
    ...ROW,
    contender: 'other',
    cpuMicroseconds: 2000,
    cpuByRound: [1000, 2000, 3000],
  };
  const text = reportText(head, [{ ...ROW, cpuByRound: [1100, 1200, 3300] }, other]);
  assert.match(text, /^other +2000\.0 +1\.100 /m);
});
