// A gateway in the test's own process, of one worker, with its log at hand line by line.
import { openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nodeFileSystem } from '../../src/config/node-file-system.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { GatewayOptions } from '../../src/gateway/options.ts';
import { JsonLog } from '../../src/observability/json-log.ts';
import { createGatewayLog } from '../../src/observability/log.ts';
import { createTextSink } from '../../src/observability/text-log.ts';
import type { LogLine } from './gateway-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface LiveGateway {
  /** The log so far, as it was last read; it grows. */
  readonly lines: readonly LogLine[];
  /** The same events in the words for a terminal. */
  readonly texts: readonly string[];
  stop(): Promise<void>;
  readonly options: GatewayOptions;
  /** Of the first listener. */
  readonly port: number;
  /**
   * The first line, of those that were written or will be, that `matches`; fails after 5 s. Looks
   * at `lines` from the index `from` on: an earlier client may have come from the same port.
   * Default 0.
   */
  waitForLine(matches: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
}

/** Resolves a configuration, given as the value of its document; relative paths start from `folder`. */
export function gatewayOptions(document: unknown, folder = '/'): GatewayOptions {
  const source = { file: 'test', value: document, position: () => null };
  const environment = { directory: folder, fileSystem: nodeFileSystem, now: Date.now() };
  const result = resolveConfig(source, environment);
  if (result.kind === 'resolved') return result.options;
  throw new Error(result.errors.map(({ message }) => message).join('\n'));
}

/** Starts it, and closes it with the test, or with the file where `t` is node:test's own `after`. */
export async function startLiveGateway(
  t: { after(hook: () => Promise<void>): void },
  options: GatewayOptions,
): Promise<LiveGateway> {
  const file = openSync(join(await temporaryFolder(t), 'log'), 'w+');
  const texts: string[] = [];
  const json = new JsonLog(file, 'debug');
  const text = createTextSink((line) => texts.push(line), Date.now, 'debug');
  const log = createGatewayLog((event) => {
    json.take(event);
    text(event);
  });
  const gateway = new Gateway(log, 'alone');
  const { addresses } = await gateway.apply(options, 0);
  let closed: Promise<void> | null = null;
  const stop = (): Promise<void> => (closed ??= gateway.close(0));
  t.after(stop);
  const lines: LogLine[] = [];
  let rest = '';
  let position = 0;
  const read = (): void => {
    const chunk = Buffer.alloc(1 << 16);
    for (;;) {
      const count = readSync(file, chunk, 0, chunk.length, position);
      if (count === 0) break;
      position += count;
      rest += chunk.toString('utf8', 0, count);
    }
    const whole = rest.split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) lines.push(JSON.parse(line) as LogLine);
  };
  return {
    options,
    lines,
    texts,
    async stop() {
      await stop();
      json.flush();
      read();
    },
    port: Number(/:(\d+)$/.exec(addresses[0] ?? '')?.[1]),
    async waitForLine(matches, from = 0) {
      for (let waited = 0; waited < 5000; waited += 5) {
        read();
        const found = lines.find((line, at) => at >= from && matches(line));
        if (found !== undefined) return found;
        await delay(5);
      }
      throw new Error(
        `no such line in the log:\n${lines.map((line) => JSON.stringify(line)).join('\n')}`,
      );
    },
  };
}
