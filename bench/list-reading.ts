// A process that reads one revocation list and tells what that took.
import { readFileSync } from 'node:fs';
import { forge } from '../test/support/forged-certificate.ts';
import { parseRevocationList } from '../src/pki/revocation-list.ts';

export interface ListReading {
  readonly elapsedMs: number;
  /** User and system. */
  readonly cpuMicroseconds: number;
  /** The list itself included. */
  readonly heldBytes: number;
  readonly lookNanoseconds: number;
}

const LOOKS = 200_000;

const [path] = process.argv.slice(2);
if (path !== undefined) process.stdout.write(JSON.stringify(read(path)));

function read(file: string): ListReading {
  const { certificate } = forge({ subject: 'CN=x' });
  const before = held();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const list = parseRevocationList(readFileSync(file));
  const elapsedMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuBefore);
  const heldBytes = held() - before;
  const sought = Array.from({ length: 1000 }, (_, at) =>
    Object.create(certificate, {
      serialNumber: {
        value: (BigInt(at + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n).toString(16).slice(-32),
      },
    }),
  );
  const from = process.hrtime.bigint();
  for (let at = 0; at < LOOKS; at++) list.find(sought[at % sought.length]);
  const lookNanoseconds = Number(process.hrtime.bigint() - from) / LOOKS;
  return { elapsedMs, cpuMicroseconds: user + system, heldBytes, lookNanoseconds };
}

function held(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
