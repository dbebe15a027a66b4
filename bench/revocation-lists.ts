// A revocation list with a million serial numbers: how long it takes to be read, what it holds, and a look into it.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { der } from '../src/pki/der-writer.ts';
import { encodeName } from '../src/pki/name-der.ts';
import { parseName } from '../src/pki/name.ts';
import { median } from './median.ts';
import type { ListReading } from './list-reading.ts';
import type { Row } from './row.ts';
import { type Timed, timedProgram } from './timed-program.ts';

const SERIALS = 1_000_000;
const ROUNDS = 3;
const READING = fileURLToPath(new URL('list-reading.ts', import.meta.url));

/** Each reads the list in a process of its own, from the file to where it can be looked into. */
export async function benchRevocationLists(settings: { readonly folder: string }): Promise<Row[]> {
  const folder = join(settings.folder, 'lists');
  await mkdir(folder, { recursive: true });
  const list = millionEntries();
  await writeFile(join(folder, 'million.crl'), list);
  const ours: ListReading[] = [];
  const openssl: Timed[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const words = ['--expose-gc', READING, join(folder, 'million.crl')];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    ours.push(JSON.parse(stdout) as ListReading);
    openssl.push(await timedProgram('openssl crl -inform DER -in million.crl -noout', folder));
  }
  const scenario = 'revocation list: read a million serial numbers';
  const shared = { scenario, operations: ROUNDS, latencyMs: null, errors: 0, resumed: null };
  const look = median(ours.map(({ lookNanoseconds }) => lookNanoseconds));
  const held = median(ours.map(({ heldBytes }) => heldBytes));
  return [
    {
      ...shared,
      contender: 'countersign',
      cpuMicroseconds: median(ours.map((one) => one.cpuMicroseconds)),
      perSecond: 1000 / median(ours.map(({ elapsedMs }) => elapsedMs)),
      notes: [
        `${megabytes(held)} MB are held for a list of ${megabytes(list.length)} MB; a serial number is looked up in ${look.toFixed(0)} ns`,
      ],
    },
    {
      ...shared,
      contender: 'openssl crl',
      cpuMicroseconds: median(openssl.map((one) => one.cpuMicroseconds)),
      perSecond: 1000 / median(openssl.map(({ elapsedMs }) => elapsedMs)),
      notes: ['its whole process, which reads the list and ends'],
    },
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** Its entries are written in place; the signature is none, and nobody looks at it here. */
function millionEntries(): Buffer {
  const entry = der.sequence(der.integer(2n ** 127n - 1n), der.time(Date.UTC(2026, 0, 1)));
  const all = Buffer.alloc(SERIALS * entry.length, entry);
  const random = randomBytes(16 * SERIALS);
  for (let at = 0; at < SERIALS; at++) {
    const serial = at * entry.length + 4;
    random.copy(all, serial, at * 16, at * 16 + 16);
    all[serial] = 0x40 | (all[serial] & 0x3f);
  }
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'));
  const now = der.time(Date.UTC(2026, 0, 1));
  const issuer = encodeName(parseName('CN=Bench'));
  const tbs = der.sequence(der.integer(1), algorithm, issuer, now, now, der.sequence(all));
  return der.sequence(tbs, algorithm, der.bitString(randomBytes(70)));
}
