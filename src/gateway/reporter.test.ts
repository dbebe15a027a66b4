import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { GatewayEvent, HandshakeEvent } from '../observability/event.ts';
import { Reporter } from './reporter.ts';
import type { WorkerReport } from './worker-report.ts';

interface Reporting {
  readonly reporter: Reporter;
  readonly reports: WorkerReport[];
  /** What the one who was last reported to says when it is ready for more. */
  sent: () => void;
  connections: number;
}

function reporting(t: TestContext): Reporting {
  const reports: WorkerReport[] = [];
  const one: Reporting = {
    reports,
    sent: () => {},
    connections: 0,
    reporter: new Reporter(
      () => ({ connections: [{ listener: 'a', connections: one.connections }], upstreams: [] }),
      (report, sent) => {
        reports.push(report);
        one.sent = sent;
      },
    ),
  };
  t.after(() => one.reporter.close());
  return one;
}

function handshake(more: Partial<HandshakeEvent> = {}): GatewayEvent {
  return {
    event: 'handshake',
    listener: 'a',
    remoteAddress: '10.0.0.1',
    startedAt: 1000,
    version: 'TLSv1.3',
    mode: 'true',
    peer: null,
    user: null,
    outcome: 'admitted',
    cause: null,
    offeredVersions: ['TLSv1.3'],
    ...more,
  } as HandshakeEvent;
}

test('handshakes of one client with one outcome are one sighting; another outcome is another', (t) => {
  const { reporter, reports } = reporting(t);
  reporter.take(handshake());
  reporter.take(handshake({ startedAt: 2000 }));
  reporter.take(handshake({ startedAt: 3000, outcome: 'refused', cause: 'no-certificate' }));
  reporter.take(handshake({ startedAt: 4000, remoteAddress: '10.0.0.2' }));
  reporter.report();
  const [report] = reports;
  assert.deepEqual(report?.counts, [{ listener: 'a', admitted: 3, refused: 1 }]);
  assert.deepEqual(
    report?.sightings.map(({ address, decision, firstSeen, lastSeen, count }) => {
      return [address, decision, firstSeen, lastSeen, count];
    }),
    [
      ['10.0.0.1', 'admit', 1000, 2000, 2],
      ['10.0.0.1', 'refuse', 3000, 3000, 1],
      ['10.0.0.2', 'admit', 4000, 4000, 1],
    ],
  );
});

test('who was never decided upon is no client, and a probe is nothing at all', (t) => {
  const { reporter, reports } = reporting(t);
  reporter.take(handshake({ version: null, outcome: 'refused', cause: 'plain-http' }));
  reporter.take(
    handshake({ version: null, outcome: 'refused', cause: 'client-closed', offeredVersions: [] }),
  );
  reporter.report();
  assert.deepEqual(reports[0]?.sightings, []);
  assert.deepEqual(reports[0]?.counts, [{ listener: 'a', admitted: 0, refused: 1 }]);
  assert.equal(reports[0]?.events.length, 1);
});

test('who is simply admitted is an event only where that is asked for', (t) => {
  const one = reporting(t);
  one.reporter.take(handshake());
  one.reporter.take(handshake({ cause: 'expired' }));
  one.reporter.report();
  one.sent();
  assert.equal(one.reports[0]?.events.length, 1);
  one.reporter.admittedWanted = 'all';
  for (let come = 0; come < 20; come++) one.reporter.take(handshake());
  one.reporter.report();
  one.sent();
  assert.equal(one.reports[1]?.events.length, 20);
});

test('where some of the admitted are wanted a report has a few of many, and every refusal', (t) => {
  const one = reporting(t);
  one.reporter.admittedWanted = 'some';
  for (const _ of [1, 2]) {
    for (let come = 0; come < 20; come++) one.reporter.take(handshake());
    one.reporter.take(handshake({ outcome: 'refused', cause: 'expired' }));
    one.reporter.report();
    one.sent();
    const report = one.reports.at(-1);
    assert.deepEqual(report?.counts, [{ listener: 'a', admitted: 20, refused: 1 }]);
    assert.equal(report.events.length, 6);
  }
});

test('while a report is under way what comes is bounded, and what has no room is counted', (t) => {
  const one = reporting(t);
  one.reporter.report();
  for (let told = 0; told < 5000; told++) {
    one.reporter.take(
      handshake({ remoteAddress: `${told}`, outcome: 'refused', cause: 'expired' }),
    );
  }
  one.reporter.report();
  assert.equal(one.reports.length, 1);
  one.sent();
  one.reporter.report();
  const report = one.reports[1];
  assert.equal(report?.events.length, 1024);
  assert.equal(report?.dropped, 5000 - 1024);
  assert.equal(report?.sightings.length, 4096);
  assert.equal(report?.counts[0]?.refused, 5000);
});

test('nothing is reported where nothing happened, and connections where their number changed', (t) => {
  const one = reporting(t);
  one.reporter.report();
  one.sent();
  one.reporter.report();
  assert.equal(one.reports.length, 1);
  one.connections = 1;
  one.reporter.report();
  assert.equal(one.reports[1]?.gauges?.connections[0]?.connections, 1);
});
