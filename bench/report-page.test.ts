import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartSvg } from './chart.ts';
import { generatedPart, placed } from './report-page.ts';
import { failedRow, figureRow, type Row } from './row.ts';

const SCENARIO = 'handshake: full, TLS 1.3, P-256';
const HEAD = {
  date: '2026-01-02T03:04:05Z',
  machine: '2 x CPU',
  pinned: true,
  took: '21:30',
  versions: { 'nginx-trixie': 'nginx 1, OpenSSL 3.5' },
};

function row(contender: string, cpuMicroseconds: number): Row {
  return {
    scenario: SCENARIO,
    contender,
    operations: 100,
    cpuMicroseconds,
    perSecond: 700,
    latencyMs: { p50: 1.5, p99: 3 },
    errors: 0,
    resumed: 0,
  };
}

test('tells machine, versions, aims and figures', () => {
  const rows = [row('countersign', 1150), row('nginx-trixie', 1000), row('nginx', 2000)];
  const part = generatedPart(HEAD, rows, 'images/x.svg');
  assert.match(part, /^Measured on 2026-01-02 in 21:30 .* on 2 x CPU\./);
  assert.match(part, /^\| nginx-trixie \| nginx 1, OpenSSL 3\.5 \|$/m);
  assert.match(
    part,
    /^\| full handshake, P-256 \| nginx \| <= 1 \| <= 1\.2 \| 1\.15 \| first step met \|$/m,
  );
  assert.match(part, /^\| full handshake, P-256 \| caddy \| .* \|  \| not measured \|$/m);
  assert.match(part, /^\| nginx-trixie \| 1000\.0 \| 1\.150 \| 700 \| 1\.50 \| 3\.00 \|/m);
});

test('says why a contender has no figures, in one line', () => {
  const failed = failedRow(
    SCENARIO,
    'hitch',
    new Error('/usr/sbin/hitch does not | listen:\nno such <b> file'),
  );
  const part = generatedPart(HEAD, [row('countersign', 1000), failed], 'images/x.svg');
  assert.match(part, /^- hitch has no figures: hitch does not \\\| listen: no such &lt;b> file$/m);
  assert.match(part, /^\| hitch \| - \| - \|/m);
});

test('shows figures that are not CPU time with their unit', () => {
  const scenario = 'memory: an idle connection';
  const of = (contender: string, value: number): Row =>
    figureRow(scenario, contender, { value, unit: 'KB a connection' });
  const part = generatedPart(HEAD, [of('countersign', 60), of('nginx', 30)], 'images/x.svg');
  assert.match(part, /^\| {2}\| KB a connection \| ours\/this \|$/m);
  assert.match(part, /^\| nginx \| 30\.0 \| 2\.000 \|$/m);
  assert.match(part, /^\| memory of an idle connection \| nginx \| .* \| 2\.00 \| missed \|$/m);
  assert.match(
    part,
    /^\| memory of an idle connection \|  \|  \| .* 65 KB \| 60\.00 KB \| met \|$/m,
  );
});

test('keeps what people wrote around the generated part', () => {
  const first = placed('', 'one');
  const page = `# Title\n\nBefore.\n\n${first}\nAfter.\n`;
  const again = placed(page, 'two');
  assert.equal(again, page.replace('one', 'two'));
  assert.equal(placed(again, 'two'), again);
});

test('draws each contender as a multiple of ours, the newest build alone', () => {
  const svg = chartSvg(
    [row('countersign', 1000), row('nginx-trixie', 500), row('nginx', 2000), row('a<b', 9000)],
    [SCENARIO, 'something else'],
  );
  assert.match(svg, /class="other" x="190" y="\d+" width="50\.0"/);
  assert.match(svg, />0\.50, 500 us CPU</);
  assert.match(svg, />9\.00 \(cut\), 9000 us CPU</);
  assert.match(svg, />a&lt;b</);
  assert.equal(svg.match(/<rect/g)?.length, 3);
  assert.doesNotMatch(svg, /something else/);
});
