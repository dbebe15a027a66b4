// Processes that issue certificates and are killed while they do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, openAuthorityJournal } from '../../src/ca/authority-files.ts';
import { startGateway } from './gateway-process.ts';
import { Shell } from './shell.ts';
import type { TestContext } from 'node:test';

const ISSUER = join(import.meta.dirname, '../programs/issuing-process.ts');

/**
 * Kills `rounds` times two processes that issue from one authority, and finds every certificate that
 * either handed out in the journal. Returns how many there were.
 */
export async function killIssuers(dir: string, rounds: number): Promise<number> {
  await createAuthority(dir, { now: Date.now() });
  const handedOut: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const texts = await Promise.all([issueUntilKilled(dir), issueUntilKilled(dir)]);
    // A line without its end was not handed out.
    for (const text of texts) handedOut.push(...text.split('\n').slice(0, -1));
    await expectRecorded(dir, handedOut);
  }
  return handedOut.length;
}

async function issueUntilKilled(dir: string): Promise<string> {
  const child = spawn(process.execPath, [ISSUER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  await sleep(Math.random() * 100);
  child.kill('SIGKILL');
  await closed;
  return text;
}

async function expectRecorded(dir: string, handedOut: readonly string[]): Promise<void> {
  const { journal } = await openAuthorityJournal(dir);
  for (const line of handedOut) {
    const [serialNumber = '', fingerprint] = line.split(' ');
    assert.equal(journal.find(serialNumber)?.fingerprint, fingerprint);
  }
  journal.close();
}

/** The same of a CA on the network, killed while machines enrol: no token was good twice either. */
export async function killEnrolment(t: TestContext, rounds: number): Promise<number> {
  const shell = await Shell.open(t, ['init']);
  shell.write('ca.yaml', 'ca: { dir: .countersign, listen: 127.0.0.1:0 }\nworkers: 1\n');
  let count = 0;
  for (let round = 0; round < rounds; round++) {
    const gateway = await startGateway(t, ['run', shell.path('ca.yaml')]);
    await gateway.waitForLog((line) => line['listener'] === 'ca');
    const machines = Array.from({ length: 6 }, async (_, index) => {
      const name = `m${round}-${index}`;
      const { token } = await shell.json('token', name);
      const { status } = await shell.run('enroll', '--token', String(token), '--out', name);
      return status === 0 ? { name, token: String(token) } : null;
    });
    await Promise.race(machines);
    await sleep(Math.random() * 20);
    gateway.process.kill('SIGKILL');
    const enrolled = (await Promise.all(machines)).filter((machine) => machine !== null);
    const { journal } = await openAuthorityJournal(shell.path('.countersign'));
    for (const { name } of enrolled) {
      const leaf = await shell.json('inspect', `${name}/${name}.crt`);
      const [entry] = journal.list({ text: `CN=${name}` }, Date.now());
      assert.ok(entry !== undefined, `${name} is not in the journal`);
      assert.match(JSON.stringify(leaf), new RegExp(entry.fingerprint, 'i'));
    }
    for (let index = 0; index < machines.length; index++) {
      const issued = journal.list({ text: `CN=m${round}-${index}` }, Date.now());
      assert.ok(issued.length <= 1, 'a token was good twice');
    }
    journal.close();
    count += enrolled.length;
  }
  return count;
}
