import type { CauseCode } from '../../src/diagnostics/evidence.ts';

/** One refusal, provoked by a real client, and what mends it. */
export interface RefusalCase {
  readonly code: CauseCode;
  /** What is special, where a code has several cases; in a heading of the page. */
  readonly variant?: string;
  /** The configuration, YAML; its first listener is at `127.0.0.1:9443`. */
  readonly configuration: string;
  /** For a shell, in the folder with the certificates; `9443` stands for the port. */
  readonly command: string;
  /** What follows the remedy; what is absent stays as it was. */
  readonly mended: {
    readonly configuration?: string;
    readonly command?: string;
    /** Run before it, in the same folder. */
    readonly preparation?: string;
    /** What starts the upstream on the port 4222, where nothing listens before. */
    readonly upstream?: string;
  };
  /** A pattern in the explanation; the values that make it useful. */
  readonly tells: RegExp;
}

/** A configuration with one listener: lines for its `tls`, for the listener, and for the top. */
export function listener({
  tls = [],
  rest = ['upstream: "echo:"'],
  top = [],
}: {
  readonly tls?: readonly string[];
  readonly rest?: readonly string[];
  readonly top?: readonly string[];
} = {}): string {
  const keys = ['cert_file: server.crt', 'key_file: server.key'];
  const asks = tls.some((line) => line.startsWith('verify')) ? [] : ['verify: true'];
  const trusts = tls.some((line) => line.startsWith('ca')) ? [] : ['ca_file: ca.crt'];
  return [
    'listeners:',
    '  - listen: 127.0.0.1:9443',
    '    tls:',
    ...[...keys, ...trusts, ...asks, ...tls].map((line) => `      ${line}`),
    ...rest.map((line) => `    ${line}`),
    ...top,
    '',
  ].join('\n');
}

export function curlAs(name: string, ...more: readonly string[]): string {
  const key = name.replace(/-chain$/, '');
  return ['curl', '--cacert ca.crt', `--cert ${name}.crt --key ${key}.key`, ...more, ADDRESS].join(
    ' ',
  );
}

const ADDRESS = 'https://localhost:9443/';
