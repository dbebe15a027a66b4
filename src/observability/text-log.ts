import type { Finding } from '../diagnostics/finding.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { GatewayLog } from './log.ts';

/**
 * The log for a person at a terminal: the same events as the JSON log, a line of words each, the time
 * in front. `write` gets whole lines; `now` is milliseconds since the epoch.
 */
export function createTextLog(write: (line: string) => void, now = Date.now): GatewayLog {
  const line = (text: string): void => {
    write(`${new Date(now()).toISOString().slice(11, 19)} ${visible(text)}\n`);
  };
  return {
    listening(listener, address, protocol) {
      const as = listener === address ? '' : ` for ${listener}`;
      line(`listening on ${address}${as} (${protocol})`);
    },
    handshake(record, finding) {
      if (record.outcome === 'refused') {
        const why = record.detail === null ? '' : `: ${record.detail}`;
        line(`refused ${whoIs(record)}: ${record.cause}${why}${mendedBy(finding)} [${record.id}]`);
      } else {
        const by = [record.version, record.alpn, record.resumed ? 'resumed' : null];
        line(`admitted ${whoIs(record)} (${by.filter((part) => part !== null).join(', ')})`);
      }
    },
    connectionsRefused(listener, cause, count, lastAddress) {
      line(`${listener}: ${count} connections closed: ${cause} (the last from ${lastAddress})`);
    },
    connectionsCapped(listener, configured, possible, openFiles) {
      line(
        `${listener}: at most ${openFiles} files can be open, which is ${possible} connections instead of ${configured} in each process; raise ulimit -n`,
      );
    },
    requestRefused(record, refusal, method, path, finding) {
      line(
        `refused ${method} ${path} of ${whoIs(record)}: ${refusal.code}${mendedBy(finding)} [${record.id}]`,
      );
    },
    credentialsIgnored(record, user, sent) {
      line(`${whoIs(record)} called itself ${sent.slice(0, 256)} and is ${user} [${record.id}]`);
    },
    upstreamFailed(upstream, { code, detail }, handshakeId) {
      line(`upstream ${upstream} failed: ${code}: ${detail} [${handshakeId}]`);
    },
    fault(where, error) {
      line(`fault in ${where}: ${error.message}`);
    },
    reloaded(closed) {
      const cut = closed === 0 ? '' : `; ${closed} connections closed that it does not admit`;
      line(`the configuration was reloaded${cut}`);
    },
    reloadFailed(problems) {
      line('the configuration was not reloaded, the last good one stays in force:');
      for (const problem of problems) line(`  ${problem}`);
    },
    workerDied(pid, cause, restartInMs) {
      line(`worker ${pid} died: ${cause}; the next one starts in ${restartInMs} ms`);
    },
    stopping(reason) {
      line(`stopping: ${reason}`);
    },
  };
}

function mendedBy(finding: Finding | null): string {
  return finding === null ? '' : `. To mend it: ${finding.remedy}`;
}

function whoIs({ user, peer, remoteAddress, remotePort }: HandshakeRecord): string {
  const name = user ?? peer?.subject ?? 'a client without certificate';
  return `${name} from ${remoteAddress}:${remotePort}`;
}

/** Control characters could move a terminal's cursor, whoever sent them. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?');
}
