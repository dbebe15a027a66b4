// The link that a start prints: on a terminal alone, and good once.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { freePort } from '../support/free-port.ts';
import { needs, programPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openPage, startBrowser } from './dashboard.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');
/** Runs a program on a terminal of its own; what is written to it, is typed. */
const ON_TERMINAL = 'import pty, sys; pty.spawn(sys.argv[1:])';
const CONTROL_C = '\u0003';

test('the link of the start', needs('chromium', 'curl', 'python3'), async (t) => {
  const link = await startOnTerminal(t);
  const browser = await startBrowser(t);

  await t.test('lets the browser in that follows it, and says nothing of its code', async (t2) => {
    const { page, assertClean } = await openPage(t2, browser);
    await page.goto(link);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    assert.doesNotMatch(page.url(), /code/);
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    assertClean();
  });

  await t.test('lets nobody in a second time', async (t2) => {
    const { page, assertClean } = await openPage(t2, browser);
    await page.goto(link);
    await page.getByLabel('Token', { exact: true }).waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    assertClean();
  });

  await t.test('nor does a code that nobody was given', async (t2) => {
    const { page } = await openPage(t2, browser);
    await page.goto(`${link.slice(0, -8)}AAAAAAAA`);
    await page.getByLabel('Token', { exact: true }).waitFor();
  });
});

test('without a terminal no link is printed', needs('curl'), async (t) => {
  const { gateway } = await startApiGateway(
    t,
    (port) => `
listeners: [{ listen: '127.0.0.1:${port}', upstream: 'echo:' }]
workers: 1
`,
  );
  await gateway.waitForLog((line) => line['event'] === 'listening');
  await gateway.stop();
  assert.doesNotMatch(gateway.stdout() + gateway.stderr(), /login|code=/);
});

/** The link that a gateway on a terminal prints. */
async function startOnTerminal(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'gateway.yaml');
  const [port, admin] = [await freePort(), await freePort()];
  await writeFile(
    path,
    `listeners: [{ listen: '127.0.0.1:${port}', upstream: 'echo:' }]
admin: { listen: '127.0.0.1:${admin}' }
workers: 1
`,
  );
  const args = ['-c', ON_TERMINAL, process.execPath, ENTRY, 'run', path];
  const child = spawn(programPath('python3'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => end(child));
  let printed = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('exit', () => reject(new Error(`no link in ${printed}`)));
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
    const link = /The dashboard, once: (\S+)\s/.exec(printed)?.[1];
    if (link !== undefined) resolve(link);
  });
  const link = await promise;
  assert.match(link, new RegExp(`^http://127\\.0\\.0\\.1:${admin}/login\\?code=[\\w-]{32}$`));
  return link;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.stdin?.write(CONTROL_C);
  await gone;
}
