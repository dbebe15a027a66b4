import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SecureContext } from 'node:tls';
import { type Certificate, parseCertificate } from '../../pki/certificate.ts';
import { CertificateError } from '../../pki/certificate-error.ts';
import { decodeCertificates } from '../../pki/pem.ts';
import { probeHandshake, type ProbeOptions } from '../../tls/probe/probe.ts';
import { probeContext, publicRoots } from '../../tls/probe/probe-context.ts';
import {
  type ClientIdentity,
  readClientIdentity,
  readTrustAnchors,
} from '../connect/client-identity.ts';
import { compareHandshakes } from '../connect/comparison.ts';
import { comparisonText } from '../connect/comparison-text.ts';
import { concludeFrom, type Conclusion } from '../connect/conclusion.ts';
import { connectFacts, type ConnectSettings } from '../connect/facts.ts';
import { connectJson } from '../connect/report-json.ts';
import { connectReport } from '../connect/report-text.ts';
import { type ConnectTarget, parseTarget, targetText } from '../connect/target.ts';
import { type CliContext, CliError } from '../context.ts';

interface ConnectFlags {
  readonly cert?: string;
  readonly key?: string;
  readonly cacert?: string;
  readonly servername?: string;
  readonly starttls?: 'nats';
  readonly alpn?: readonly string[];
  readonly tlsMax: '1.2' | '1.3';
  readonly timeout: number;
  readonly compare?: boolean;
  readonly json?: boolean;
}

/** `connect`: one handshake, message by message, and what came of it. */
export function register(program: Command, context: CliContext): void {
  program
    .command('connect')
    .description('Perform a TLS handshake and tell each step of it, and why it was refused.')
    .argument('<address>', 'HOST:PORT', targetArgument)
    .option('--cert <file>', "the client's certificate, PEM: leaf first, then the intermediates")
    .option('--key <file>', 'its private key, PEM (default: in the same file)')
    .option('--cacert <file>', 'trust these CAs for the server, PEM (default: the public roots)')
    .option('--servername <name>', 'name to ask for and to expect (default: the host)')
    .addOption(new Option('--starttls <protocol>', 'what to speak before TLS').choices(['nats']))
    .option('--alpn <names>', "protocols to offer, '' for none (default: h2,http/1.1)", protocols)
    .addOption(
      new Option('--tls-max <version>', 'newest version to offer')
        .choices(['1.2', '1.3'])
        .default('1.3'),
    )
    .option('--timeout <seconds>', 'longest time for the handshake', seconds, 10)
    .option('--compare', 'do it without and with the certificate, and lay both side by side')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', HELP)
    .action((target: ConnectTarget, flags: ConnectFlags) => connect(target, flags, context));
}

const HELP = `
On TLS 1.3 a server refuses a client's certificate only after the client is through, so a finished
handshake is watched for a second. The exit status is 0 where the handshake stands and the server's
certificate is good, else 1.

Examples:
  countersign connect localhost:9443 --cacert .countersign/ca.crt
  countersign connect localhost:9443 --cacert .countersign/ca.crt \\
      --cert .countersign/client.crt --key .countersign/client.key
  countersign connect localhost:4222 --starttls nats --cacert ca.crt`;

const WATCH_MS = 1000;

async function connect(
  target: ConnectTarget,
  flags: ConnectFlags,
  context: CliContext,
): Promise<void> {
  const { settings, options } = await prepare(target, flags, context);
  if (flags.compare === true) return compare(settings, options, flags, context);
  const facts = connectFacts(settings, await probeHandshake(options));
  const conclusion = concludeFrom(facts, context);
  context.stdout(
    flags.json === true
      ? `${JSON.stringify(connectJson(facts, conclusion), null, 2)}\n`
      : connectReport(facts, conclusion, context),
  );
  insist(target, conclusion);
}

/** Ends the command with status 1 where a handshake did not come to a good end. */
function insist(target: ConnectTarget, { good, headline, meaning }: Conclusion): void {
  if (good) return;
  const rest = meaning === null ? '' : `: ${meaning}`;
  throw new CliError(`${targetText(target)}: ${headline}${rest}`);
}

const RUNS = 7;

async function compare(
  settings: ConnectSettings,
  options: ProbeOptions,
  flags: ConnectFlags,
  context: CliContext,
): Promise<void> {
  if (settings.identity === null) {
    throw new CliError('--cert is missing: --compare does the handshake without and with it');
  }
  const anonymous = { ...settings, identity: null };
  const plain = { ...options, context: secureContext(flags, settings.caPem, null) };
  const comparison = await compareHandshakes(plain, options, RUNS);
  const facts = [
    connectFacts(anonymous, comparison.tls.probe),
    connectFacts(settings, comparison.mutual.probe),
  ] as const;
  const [tls, mutual] = [concludeFrom(facts[0], context), concludeFrom(facts[1], context)];
  if (flags.json === true) {
    const result = {
      runs: comparison.runs,
      tls: { measure: comparison.tls.measure, first: connectJson(facts[0], tls) },
      mutualTls: { measure: comparison.mutual.measure, first: connectJson(facts[1], mutual) },
    };
    context.stdout(`${JSON.stringify(result, null, 2)}\n`);
  } else if (comparison.tls.probe.address !== null) {
    context.stdout(comparisonText(comparison, tls, mutual));
  }
  insist(settings.target, tls);
  insist(settings.target, mutual);
}

async function prepare(
  target: ConnectTarget,
  flags: ConnectFlags,
  context: CliContext,
): Promise<{ readonly settings: ConnectSettings; readonly options: ProbeOptions }> {
  if (flags.key !== undefined && flags.cert === undefined) {
    throw new CliError('--cert is missing: a key alone says nothing');
  }
  const trust = await trustOf(flags, context);
  const identity =
    flags.cert === undefined ? null : await readClientIdentity(flags.cert, flags.key, context);
  const startTls: ProbeOptions['startTls'] = flags.starttls ?? 'none';
  const shared = {
    serverName: flags.servername ?? target.host,
    startTls,
    alpn: flags.alpn ?? (startTls === 'none' ? ['h2', 'http/1.1'] : []),
    timeoutMs: flags.timeout * 1000,
  };
  const settings: ConnectSettings = {
    ...shared,
    target,
    trustName: trust.name,
    trustPlace: `${flags.cacert === undefined ? 'among' : 'in'} ${trust.name}`,
    caPem: trust.caPem,
    anchors: trust.anchors,
    identity,
    startedAt: context.now(),
    repeated: repeatedFlags(flags),
  };
  const watchMs = Math.min(WATCH_MS, shared.timeoutMs);
  const made = secureContext(flags, trust.caPem, identity);
  return { settings, options: { ...shared, ...target, context: made, watchMs } };
}

function secureContext(
  { tlsMax }: ConnectFlags,
  caPem: string | null,
  client: ClientIdentity | null,
): SecureContext {
  const maxVersion = tlsMax === '1.2' ? 'TLSv1.2' : 'TLSv1.3';
  return probeContext({ caPem, client, maxVersion });
}

interface Trust {
  readonly name: string;
  readonly caPem: string | null;
  readonly anchors: readonly Certificate[];
}

async function trustOf({ cacert }: ConnectFlags, context: CliContext): Promise<Trust> {
  if (cacert !== undefined) {
    return { name: `--cacert ${cacert}`, ...(await readTrustAnchors(cacert, context)) };
  }
  const anchors = publicRoots().flatMap((pem) => decodeCertificates(pem).flatMap(readable));
  return { name: 'the public roots', caPem: null, anchors };
}

/** OpenSSL may take a root that we don't; it only goes unnamed then. */
function readable(der: Buffer): Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}

function repeatedFlags({ cacert, servername, starttls, tlsMax }: ConnectFlags): string[] {
  return [
    ...(cacert === undefined ? [] : ['--cacert', cacert]),
    ...(servername === undefined ? [] : ['--servername', servername]),
    ...(starttls === undefined ? [] : ['--starttls', starttls]),
    ...(tlsMax === '1.3' ? [] : ['--tls-max', tlsMax]),
  ];
}

function targetArgument(text: string): ConnectTarget {
  const target = parseTarget(text);
  if (typeof target === 'string') throw new InvalidArgumentError(target);
  return target;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < 0.1 || value > 3600) {
    throw new InvalidArgumentError('It must be a number of seconds from 0.1 to 3600.');
  }
  return value;
}

function protocols(text: string): string[] {
  const names = text.split(',').filter((name) => name !== '');
  if (names.some((name) => !/^[!-~]{1,255}$/.test(name))) {
    throw new InvalidArgumentError('Names are printable ASCII, separated by commas.');
  }
  return names;
}
