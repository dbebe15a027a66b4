// The messages of a handshake, as its record lets them be known: RFC 8446, section 2; RFC 5246, section 7.3.
import type { HandshakeSummary } from '../api/types.ts';

export type StepName =
  | 'clientHello'
  | 'noHello'
  | 'otherHello'
  | 'serverHello'
  | 'serverHello12'
  | 'encryptedExtensions'
  | 'certificateRequest'
  | 'serverCertificate'
  | 'serverVerify'
  | 'serverKeyExchange'
  | 'serverDone'
  | 'serverFinished'
  | 'clientCertificate'
  | 'noCertificate'
  | 'clientKeyExchange'
  | 'clientVerify'
  | 'clientFinished'
  | 'verdict'
  | 'admitted'
  | 'alert';

/** One message, or what the gateway does by itself. */
export interface Step {
  readonly name: StepName;
  readonly from: 'client' | 'gateway';
  /** `warned`: it went on, though it would not under `verify: true`; `stopped`: nothing came after it. */
  readonly state: 'done' | 'warned' | 'stopped';
}

/** What came of the handshake, step by step, ending where it stopped. */
export function stepsOf(handshake: HandshakeSummary): readonly Step[] {
  const { outcome, cause } = handshake;
  const greeting = badGreeting(handshake);
  if (outcome === 'refused' && greeting !== null) return [greeting];
  const all = wholeHandshake(handshake);
  if (outcome !== 'refused') {
    const isWarned = cause !== null;
    const steps = all.map((step): Step => {
      return isWarned && step.name === 'verdict' ? { ...step, state: 'warned' } : step;
    });
    return outcome === 'pending' ? steps : [...steps, done('admitted', 'gateway')];
  }
  const last = lastStep(handshake);
  const at = all.findIndex(({ name }) => name === last);
  const reached = at === -1 ? all : all.slice(0, at + 1);
  const [final] = reached.slice(-1);
  if (final === undefined) return [];
  const before = reached.slice(0, -1);
  if (SILENT.has(cause ?? '')) return [...before, { ...final, state: 'stopped' }];
  const from = cause === 'client-alert' ? 'client' : 'gateway';
  return [...reached, { name: 'alert', from, state: 'stopped' }];
}

/** Ends that no alert tells of. */
const SILENT: ReadonlySet<string> = new Set([
  'client-closed',
  'crowded-out',
  'handshake-timeout',
  'no-upstream',
]);

function wholeHandshake(handshake: HandshakeSummary): readonly Step[] {
  return isTls12(handshake) ? tls12(handshake) : tls13(handshake);
}

/** What came in the place of a ClientHello; null: there was one. */
function badGreeting({ cause, offered_versions: offered }: HandshakeSummary): Step | null {
  if (cause === 'plain-http' || cause === 'other-protocol') {
    return { name: 'otherHello', from: 'client', state: 'stopped' };
  }
  return offered.length === 0 && SILENT.has(cause ?? '')
    ? { name: 'noHello', from: 'client', state: 'stopped' }
    : null;
}

function isTls12({ version, offered_versions: offered }: HandshakeSummary): boolean {
  if (version !== null) return version !== 'TLSv1.3';
  return offered.length > 0 && !offered.includes('TLSv1.3');
}

function tls13(handshake: HandshakeSummary): readonly Step[] {
  const { resumed } = handshake;
  const asks = isAsked(handshake);
  return [
    done('clientHello', 'client'),
    done('serverHello', 'gateway'),
    done('encryptedExtensions', 'gateway'),
    ...(asks ? [done('certificateRequest', 'gateway')] : []),
    ...(resumed ? [] : [done('serverCertificate', 'gateway'), done('serverVerify', 'gateway')]),
    done('serverFinished', 'gateway'),
    ...(asks ? clientPart(handshake) : []),
    done('clientFinished', 'client'),
    ...verdictPart(handshake),
  ];
}

function tls12(handshake: HandshakeSummary): readonly Step[] {
  if (handshake.resumed) {
    return [
      done('clientHello', 'client'),
      done('serverHello12', 'gateway'),
      done('serverFinished', 'gateway'),
      done('clientFinished', 'client'),
      ...verdictPart(handshake),
    ];
  }
  const asks = isAsked(handshake);
  const [certificate, verify] = asks ? clientPart(handshake) : [];
  return [
    done('clientHello', 'client'),
    done('serverHello12', 'gateway'),
    done('serverCertificate', 'gateway'),
    done('serverKeyExchange', 'gateway'),
    ...(asks ? [done('certificateRequest', 'gateway')] : []),
    done('serverDone', 'gateway'),
    ...(certificate === undefined ? [] : [certificate]),
    done('clientKeyExchange', 'client'),
    ...(verify === undefined ? [] : [verify]),
    done('clientFinished', 'client'),
    done('serverFinished', 'gateway'),
    ...verdictPart(handshake),
  ];
}

function isAsked({ mode, resumed }: HandshakeSummary): boolean {
  return mode !== null && mode !== 'false' && !resumed;
}

function clientPart({ peer, cause }: HandshakeSummary): Step[] {
  if (peer === null && cause !== 'client-alert') return [done('noCertificate', 'client')];
  return [done('clientCertificate', 'client'), done('clientVerify', 'client')];
}

function verdictPart({ mode, peer }: HandshakeSummary): Step[] {
  return mode !== null && mode !== 'false' && peer !== null ? [done('verdict', 'gateway')] : [];
}

/** The last thing that happened before it ended. */
function lastStep({ cause, version, mode, peer, offered_versions }: HandshakeSummary): StepName {
  switch (cause) {
    case 'sni-unknown':
    case 'no-shared-parameters':
    case 'server-certificate':
    case 'no-upstream':
      return 'clientHello';
    case 'no-certificate':
      return 'noCertificate';
    case 'client-alert':
      return version === 'TLSv1.3' || version === null ? 'serverFinished' : 'serverDone';
    case 'client-closed':
    case 'crowded-out':
    case 'handshake-timeout':
    case 'malformed':
      if (offered_versions.length === 0 || mode === null) return 'clientHello';
      return version === null || version === 'TLSv1.3' ? 'serverFinished' : 'serverDone';
    default:
      return peer === null ? 'clientFinished' : 'verdict';
  }
}

function done(name: StepName, from: Step['from']): Step {
  return { name, from, state: 'done' };
}
