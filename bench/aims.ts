// What is aimed at, beside what was measured.
import { ratio } from './report.ts';
import type { Row } from './row.ts';

type Verdict = 'met' | 'first step met' | 'missed' | 'not measured';

/** One aim as the page shows it. */
export interface JudgedAim {
  readonly title: string;
  /** What it is measured beside; empty: it stands by itself. */
  readonly peer: string;
  readonly aim: string;
  /** What is owed on the way; empty: nothing. */
  readonly firstStep: string;
  readonly measured: string;
  readonly verdict: Verdict;
}

interface Aim {
  readonly title: string;
  readonly peer: string;
  readonly direction: 'at most' | 'at least';
  readonly unit: string;
  readonly aim: number | null;
  readonly firstStep: number | null;
  readonly measure: (rows: readonly Row[]) => number | null;
}

/** Each aim with its verdict, for the rows of a run. */
export function judgeAims(rows: readonly Row[]): JudgedAim[] {
  return AIMS.map((aim) => {
    const measured = aim.measure(rows);
    const text = (value: number | null): string =>
      value === null ? '' : `${SIGNS[aim.direction]} ${value}${aim.unit}`;
    return {
      title: aim.title,
      peer: aim.peer,
      aim: text(aim.aim),
      firstStep: text(aim.firstStep),
      measured: measured === null ? '' : `${measured.toFixed(2)}${aim.unit}`,
      verdict: verdictOf(aim, measured),
    };
  });
}

const SIGNS = { 'at most': '<=', 'at least': '>=' } as const;

function verdictOf({ aim, firstStep, direction }: Aim, measured: number | null): Verdict {
  if (measured === null) return 'not measured';
  const keeps = (limit: number | null): boolean =>
    limit !== null && (direction === 'at most' ? measured <= limit : measured >= limit);
  if (keeps(aim)) return 'met';
  if (!keeps(firstStep)) return 'missed';
  return aim === null ? 'met' : 'first step met';
}

type Limits = Readonly<Record<string, number>>;

/** The ratio of ours to each of some contenders, at most so much; `firstStep` is of nginx or hitch. */
function ratios(title: string, scenario: string, limits: Limits, firstSteps: Limits = {}): Aim[] {
  const peers = [...new Set([...Object.keys(limits), ...Object.keys(firstSteps)])];
  return peers.map((peer) => ({
    title,
    peer,
    direction: 'at most',
    unit: '',
    aim: limits[peer] ?? null,
    firstStep: firstSteps[peer] ?? null,
    measure: (rows) => ratioIn(rows, scenario, peer),
  }));
}

/** What our core carries of what the peer's does. */
function share(title: string, scenario: string, peer: string): Aim {
  return {
    title,
    peer,
    direction: 'at least',
    unit: '',
    aim: 0.8,
    firstStep: 0.6,
    measure(rows) {
      const measured = ratioIn(rows, scenario, peer);
      return measured === null ? null : 1 / measured;
    },
  };
}

/** By itself. */
function alone(
  title: string,
  direction: Aim['direction'],
  unit: string,
  limits: { readonly aim: number | null; readonly firstStep: number | null },
  measure: Aim['measure'],
): Aim {
  return { title, peer: '', direction, unit, ...limits, measure };
}

const SIZES = [16, 128, 1024, 16_384];
const RELOAD = 'reload: requests while the configuration changes';
const IDLE = 'memory: an idle connection';

const AIMS: readonly Aim[] = [
  ...ratios(
    'full handshake, P-256',
    'handshake: full, TLS 1.3, P-256',
    { nginx: 1, haproxy: 1, caddy: 1.1 },
    { nginx: 1.2 },
  ),
  ...ratios('full handshake, P-256, bytes', 'stream: full handshake and one request', {
    hitch: 0.75,
  }),
  ...ratios(
    'resumed handshake',
    'handshake: resumed, TLS 1.3',
    { nginx: 1, haproxy: 1.2, caddy: 0.9 },
    { nginx: 1.3 },
  ),
  ...ratios('resumed handshake, bytes', 'stream: resumed handshake and one request', {
    hitch: 0.6,
  }),
  ...ratios(
    'HTTP/1.1 keep-alive GET with identity headers',
    'http1: keep-alive GET, identity headers',
    { nginx: 1, haproxy: 1, caddy: 0.33 },
    { nginx: 1.2 },
  ),
  ...ratios(
    '1 GiB download',
    'http1: 1 GiB download',
    { nginx: 1, haproxy: 1, caddy: 1.1 },
    { nginx: 1.1 },
  ),
  ...ratios('download of bytes', 'stream: 1 MiB for 64 bytes', { hitch: 1 }),
  ...ratios(
    'HTTP/2, 32 streams',
    'http2: GET, 32 streams a connection',
    { nginx: 1.2, haproxy: 2, caddy: 0.25 },
    { nginx: 2 },
  ),
  ...ratios(
    'TCP stream, small messages',
    'stream: 64 bytes there and back',
    { hitch: 1.1 },
    { hitch: 1.3 },
  ),
  ...SIZES.map((size) =>
    share(
      `NATS publish, ${size} bytes: messages a core carries`,
      `nats: publish ${size} bytes`,
      'nats-server',
    ),
  ),
  ...SIZES.map((size) =>
    share(
      `MQTT publish, ${size} bytes: messages a core carries`,
      `mqtt: publish ${size} bytes`,
      'mosquitto',
    ),
  ),
  ...ratios('memory of an idle connection', IDLE, { nginx: 1.8, haproxy: 1.8, caddy: 1 }),
  ...ratios(
    'memory of an idle connection, bytes',
    'memory: an idle connection of bytes and that to the upstream',
    { hitch: 0.9 },
  ),
  alone(
    'memory of an idle connection',
    'at most',
    ' KB',
    { aim: null, firstStep: 65 },
    (rows) => ours(rows, IDLE)?.figure?.value ?? null,
  ),
  ...ratios(
    'ready with 10,000 certificates',
    'start: first answer with 10000 certificates',
    { nginx: 0.2, haproxy: 0.2, caddy: 0.2 },
    { nginx: 0.5 },
  ),
  alone(
    'reload under load: failed requests',
    'at most',
    '',
    { aim: 0, firstStep: null },
    (rows) => ours(rows, RELOAD)?.errors ?? null,
  ),
  alone(
    'reload under load: p99 in the second after, times what it was before',
    'at most',
    '',
    { aim: 2, firstStep: null },
    (rows) => timesBefore(rows, 'p99AfterMs'),
  ),
  alone(
    'reload under load: p99 in the next second, times what it was before',
    'at most',
    '',
    { aim: 2, firstStep: null },
    (rows) => timesBefore(rows, 'p99NextMs'),
  ),
  alone(
    'two workers on two cores, times one',
    'at least',
    '',
    { aim: 1.8, firstStep: null },
    (rows) =>
      find(rows, 'workers: full handshakes, countersign', 'two workers')?.details?.['timesOne'] ??
      null,
  ),
];

function timesBefore(rows: readonly Row[], name: string): number | null {
  const details = ours(rows, RELOAD)?.details;
  const before = details?.['p99BeforeMs'];
  const value = details?.[name];
  return before === undefined || value === undefined ? null : value / before;
}

/** Of the newer Debian's build where there is one. null: one of the two was not measured. */
function ratioIn(rows: readonly Row[], scenario: string, peer: string): number | null {
  const own = ours(rows, scenario);
  const other = find(rows, scenario, `${peer}-trixie`) ?? find(rows, scenario, peer);
  if (own === undefined || other === undefined) return null;
  const value = ratio(own, other);
  return Number.isFinite(value) ? value : null;
}

function ours(rows: readonly Row[], scenario: string): Row | undefined {
  return find(rows, scenario, 'countersign');
}

function find(rows: readonly Row[], scenario: string, contender: string): Row | undefined {
  return rows.find(
    (row) => row.scenario === scenario && row.contender === contender && row.failure === undefined,
  );
}
