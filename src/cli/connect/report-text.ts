import { visible } from '../../pki/visible-text.ts';
import { measureHandshake } from '../../tls/probe/measure.ts';
import type { CliContext } from '../context.ts';
import { certificateTree } from './certificate-tree.ts';
import type { Conclusion } from './conclusion.ts';
import { authorityNames, type ConnectFacts, hasShownCertificate } from './facts.ts';
import { messageTable } from './message-table.ts';
import { trustLines } from './server-trust.ts';
import { targetText } from './target.ts';
import { wrapped } from './wrap.ts';

/** A handshake told for people: messages, both chains, what was verified, and what came of it. */
export function connectReport(
  facts: ConnectFacts,
  conclusion: Conclusion,
  context: CliContext,
): string {
  const head = headLines(facts);
  // Where there is no connection the line on standard error says all there is.
  if (head.length === 0) return '';
  const sections = [
    head,
    messageTable(facts.probe),
    serverLines(facts, context),
    clientLines(facts, context),
    conclusionLines(facts, conclusion),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function headLines({ settings, probe }: ConnectFacts): string[] {
  const { address, connectedMs, greeting } = probe;
  if (address === null || connectedMs === null) return [];
  const target = targetText(settings.target);
  const reached = targetText({ host: address.ip, port: address.port });
  const where = target === reached ? target : `${target}, which is ${reached}`;
  const said =
    greeting === null
      ? []
      : [
          visible(
            `NATS server ${greeting.version ?? ''} says INFO: TLS is ${greeting.tlsRequired ? 'required' : 'available'}` +
              (greeting.tlsVerify ? ', with a client certificate' : ''),
          ),
        ];
  return [`Connected to ${where} in ${connectedMs.toFixed(1)} ms`, ...said];
}

function serverLines(facts: ConnectFacts, context: CliContext): string[] {
  const { server, verdict, settings } = facts;
  if (server === null) return [];
  const tree = certificateTree(server, {
    now: context.now(),
    anchor: verdict?.path?.at(-1) ?? null,
    anchorNote: `trust anchor, of ${settings.trustName}`,
    issuerNote: 'not sent',
  });
  return ["The server's certificates", ...indented([...tree, ...trustLines(facts)])];
}

function clientLines(facts: ConnectFacts, context: CliContext): string[] {
  const { client, request, server } = facts;
  if (server === null) return [];
  if (request === null) {
    return facts.probe.secureMs === null ? [] : ["The client's certificates", '  not asked for'];
  }
  const names = authorityNames(facts);
  const asked =
    names.length === 0 ? 'asked for, of any CA' : `asked for, of ${names.slice(0, 6).join(' or ')}`;
  if (client === null || !hasShownCertificate(facts)) {
    return ["The client's certificates", `  ${asked}`, '  none shown'];
  }
  const tree = certificateTree(client, {
    now: context.now(),
    anchor: null,
    anchorNote: '',
    issuerNote: 'not sent; the server has to know it',
  });
  return ["The client's certificates", ...indented([asked, ...tree])];
}

function conclusionLines(facts: ConnectFacts, conclusion: Conclusion): string[] {
  const { good, headline, meaning, remedy, notes } = conclusion;
  return [
    good ? headline : `FAILED: ${headline}`,
    ...labelled('late', lateLines(facts)),
    ...labelled('means', meaning === null ? [] : [meaning]),
    ...labelled(good ? 'to show' : 'to do', remedy),
    ...labelled('note', notes),
    ...labelled('agreed', parameterLines(facts)),
    ...labelled('took', costLines(facts)),
  ];
}

const LABEL_WIDTH = 9;
const WIDTH = 96;

function labelled(label: string, texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => {
    // A command stays on one line, to be copied.
    const lines = label.startsWith('to ') ? [text] : wrapped(text, WIDTH);
    return lines.map(
      (line, part) => `  ${(index === 0 && part === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`,
    );
  });
}

/** TLS 1.3 lets a client finish before the server has seen its certificate (RFC 8446, section 2). */
function lateLines({ outcome, parameters, request }: ConnectFacts): string[] {
  if (outcome.kind !== 'refused' || outcome.when !== 'after') return [];
  if (parameters?.version !== 'TLSv1.3' || request === null) {
    return ['the handshake was complete; the server took it back'];
  }
  return [
    'with TLSv1.3 a client is through before the server has looked at its certificate, so the refusal comes after its success',
  ];
}

function parameterLines({ parameters }: ConnectFacts): string[] {
  if (parameters === null) return [];
  const { version, cipherSuite, group, alpn } = parameters;
  return [
    [
      version,
      cipherSuite,
      ...(group === null ? [] : [group]),
      alpn === null ? 'no ALPN' : `ALPN ${alpn}`,
    ].join(', '),
  ];
}

function costLines({ probe }: ConnectFacts): string[] {
  const { transcript } = probe;
  const { client, server } = transcript.sent;
  if (client.total === 0) return [];
  const bytes = `${client.total} bytes sent, ${server.total} received`;
  const measure = measureHandshake(transcript);
  if (measure === null) return [bytes];
  const { roundTrips, clientMs } = measure;
  const trips = roundTrips === 1 ? '1 round trip' : `${roundTrips} round trips`;
  return [`${trips}, ${clientMs.toFixed(1)} ms; ${bytes}`];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
