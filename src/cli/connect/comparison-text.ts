import type { TranscriptEntry } from '../../tls/transcript/transcript.ts';
import type { Comparison } from './comparison.ts';
import type { Conclusion } from './conclusion.ts';
import { messageName } from './message-text.ts';
import { sideBySide } from './side-by-side.ts';

/** Both handshakes laid side by side: message by message, then in numbers. */
export function comparisonText(
  comparison: Comparison,
  tls: Conclusion,
  mutual: Conclusion,
): string {
  const sections = [
    messageLines(comparison),
    numberLines(comparison),
    [...endOf('TLS', tls), ...endOf('mutual TLS', mutual)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

const NAME_WIDTH = 22;
const COLUMN = 28;
const GAP = 6;

function messageLines({ tls, mutual }: Comparison): string[] {
  const rows = sideBySide(tls.probe.transcript.entries, mutual.probe.transcript.entries, keyOf);
  const column = (label: string): string =>
    label.padEnd(NAME_WIDTH) + 'bytes'.padStart(COLUMN - NAME_WIDTH);
  const heading = `    ${column('TLS').padEnd(COLUMN + GAP)}${column('mutual TLS')}`;
  return [
    heading,
    ...rows.map(([left, right]) => {
      const from = (left ?? right)?.from;
      return `${from === 'client' ? '->' : '<-'}  ${cell(left).padEnd(COLUMN + GAP)}${cell(right)}`.trimEnd();
    }),
  ];
}

function cell(entry: TranscriptEntry | null): string {
  if (entry === null) return '';
  return `${messageName(entry.message).padEnd(NAME_WIDTH)}${String(entry.bytes).padStart(COLUMN - NAME_WIDTH)}`;
}

function keyOf({ from, message }: TranscriptEntry): string {
  return `${from} ${message.kind}`;
}

function numberLines({ tls, mutual, runs }: Comparison): string[] {
  const one = tls.measure;
  const other = mutual.measure;
  if (one === null || other === null) return [];
  const whole = (label: string, a: number, b: number): string => row(label, a, b, 0);
  const time = (label: string, a: number | null, b: number | null): string[] =>
    a === null || b === null ? [] : [row(label, a, b, 2)];
  return [
    `${' '.repeat(LABEL)}${'TLS'.padStart(NUMBER)}${'mutual TLS'.padStart(NUMBER)}${'difference'.padStart(NUMBER)}`,
    whole('messages sent', one.messages.client, other.messages.client),
    whole('messages received', one.messages.server, other.messages.server),
    whole('bytes sent', one.bytes.client, other.bytes.client),
    whole('bytes received', one.bytes.server, other.bytes.server),
    whole('round trips', one.roundTrips, other.roundTrips),
    ...time('ms until the client is through', one.clientMs, other.clientMs),
    ...time('ms until the server answers', one.serverMs, other.serverMs),
    '',
    `Up to both Finished, records included. Bytes and times are medians of ${runs} handshakes each, by turns.`,
    ...(tls.probe.transcript.entries.some(({ message }) => message.kind === 'certificate-request')
      ? [
          'The server asks every client: its CertificateRequest, and an empty Certificate, are in the first column too.',
        ]
      : []),
  ];
}

const LABEL = 31;
const NUMBER = 12;

function row(label: string, one: number, other: number, digits: number): string {
  const more = other - one;
  const sign = more > 0 ? '+' : '';
  return (
    label.padEnd(LABEL) +
    one.toFixed(digits).padStart(NUMBER) +
    other.toFixed(digits).padStart(NUMBER) +
    `${sign}${more.toFixed(digits)}`.padStart(NUMBER)
  );
}

function endOf(label: string, { good, headline, meaning, notes }: Conclusion): string[] {
  return [
    `${label.padEnd(12)}${good ? '' : 'FAILED: '}${headline}`,
    ...(meaning === null ? [] : [meaning]).concat(notes).map((line) => `${' '.repeat(12)}${line}`),
  ];
}
