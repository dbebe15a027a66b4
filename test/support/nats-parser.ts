// What nats-server reads in a client's bytes: its state machine once more, written down slowly, with
// all that it is lenient in. Used to tell what an upstream would make of what is passed on to it.

export interface NatsOperation {
  readonly verb: 'PUB' | 'HPUB' | 'SUB' | 'UNSUB' | 'PING' | 'PONG' | 'CONNECT' | '+OK' | 'INFO';
  readonly args: readonly string[];
  /** Of PUB and HPUB, headers included. */
  readonly payload: string | null;
}

export interface NatsReading {
  readonly operations: readonly NatsOperation[];
  /** `more`: the rest is the start of something; `closed`: the server ends the connection here. */
  readonly end: 'whole' | 'more' | 'closed';
}

const VERBS = ['PUB', 'HPUB', 'SUB', 'UNSUB', 'PING', 'PONG', 'CONNECT', '+OK', 'INFO'] as const;

/** Reads bytes (latin1) as they come in one buffer. */
export function readAsServer(
  text: string,
  maxControlLine: number,
  maxPayload: number,
): NatsReading {
  const operations: NatsOperation[] = [];
  const ended = (end: NatsReading['end']): NatsReading => ({ operations, end });
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at, at + 8).toUpperCase();
    const verb = VERBS.find((each) => rest.startsWith(each));
    if (verb === undefined) {
      return ended(VERBS.some((each) => each.startsWith(rest)) ? 'more' : 'closed');
    }
    at += verb.length;
    const takesAnything = verb === 'PING' || verb === 'PONG' || verb === '+OK';
    const needsBlank = !takesAnything && verb !== 'CONNECT' && verb !== 'INFO';
    if (at === text.length) return ended('more');
    if (needsBlank && !/[ \t]/.test(text[at] ?? '')) return ended('closed');
    if (!takesAnything) while (/[ \t]/.test(text[at] ?? '')) at++;
    const lineEnd = text.indexOf('\n', takesAnything ? at : at + 1);
    const line = text.slice(at, lineEnd === -1 ? undefined : lineEnd);
    if (!takesAnything && line.length > maxControlLine + 1) return ended('closed');
    if (lineEnd === -1) return ended('more');
    // A CR anywhere makes the last byte of the line go.
    const arg = line.slice(1).includes('\r') ? line.slice(0, -1) : line;
    const args = takesAnything ? [] : arg.split(/[ \t]+/).filter((word) => word !== '');
    at = lineEnd + 1;
    if (verb !== 'PUB' && verb !== 'HPUB') {
      const [least, most] = COUNTS[verb];
      if (verb === 'CONNECT' && !isJson(arg)) return ended('closed');
      if (verb !== 'CONNECT' && (args.length < least || args.length > most)) return ended('closed');
      operations.push({ verb, args: verb === 'CONNECT' ? [arg] : args, payload: null });
      continue;
    }
    const sizes = verb === 'PUB' ? 1 : 2;
    if (args.length < 1 + sizes || args.length > 2 + sizes) return ended('closed');
    const numbers = args.slice(-sizes);
    if (!numbers.every((number) => /^\d{1,9}$/.test(number))) return ended('closed');
    const size = Number(numbers.at(-1));
    if (Number(numbers[0]) > size || size > maxPayload) return ended('closed');
    const after = text.slice(at + size, at + size + 2);
    if (!'\r\n'.startsWith(after)) return ended('closed');
    if (after.length < 2) return ended('more');
    operations.push({ verb, args, payload: text.slice(at, at + size) });
    at += size + 2;
  }
  return ended('whole');
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) && value !== null;
  } catch {
    return false;
  }
}

const COUNTS = {
  SUB: [2, 3],
  UNSUB: [1, 2],
  PING: [0, 0],
  PONG: [0, 0],
  '+OK': [0, 0],
  CONNECT: [0, 0],
  INFO: [0, Number.POSITIVE_INFINITY],
} as const;
