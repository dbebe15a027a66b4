import type { Probe } from '../../tls/probe/probe.ts';
import type { TranscriptEntry } from '../../tls/transcript/transcript.ts';
import { messageDetails, messageName } from './message-text.ts';
import { wrapped } from './wrap.ts';

/**
 * Each message of a handshake with its size, its direction and its time since the first of them.
 * Empty: nothing passed.
 */
export function messageTable({ transcript }: Probe): string[] {
  const { entries } = transcript;
  if (entries.length === 0) return [];
  const rows = entries.flatMap((entry) => rowsOf(entry, entries[0].atMs));
  const legend = entries.some(({ encrypted }) => encrypted) ? [LEGEND] : [];
  return [HEADING, ...rows, ...legend];
}

const HEADING = '      ms  bytes';
const LEGEND =
  "                  => <= encrypted on the wire; read with this connection's own keys";
const NAME_WIDTH = 21;
const DETAIL_AT = 8 + 7 + 6 + NAME_WIDTH;
const WIDTH = 110;

function rowsOf(entry: TranscriptEntry, startMs: number): string[] {
  const time = (entry.atMs - startMs).toFixed(1).padStart(8);
  const size = String(entry.bytes).padStart(7);
  const name = messageName(entry.message).padEnd(NAME_WIDTH);
  const [first = '', ...more] = messageDetails(entry).flatMap((line) =>
    wrapped(line, WIDTH - DETAIL_AT),
  );
  return [
    `${time}${size}  ${arrow(entry)}  ${name}${first}`.trimEnd(),
    ...more.map((line) => `${' '.repeat(DETAIL_AT)}${line}`),
  ];
}

function arrow({ from, encrypted }: TranscriptEntry): string {
  if (from === 'client') return encrypted ? '=>' : '->';
  return encrypted ? '<=' : '<-';
}
