// Writes docs/refusals.md: node tools/with-runtime.js tools/write-refusals-page.ts
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalCases } from '../test/refusals/refusal-cases.ts';
import { makeCertificates, runCase } from '../test/refusals/run-case.ts';
import { refusalsPage, type RefusalExample } from './refusals-page.ts';

const folder = await mkdtemp(join(tmpdir(), 'countersign-refusals-'));
try {
  const certificates = join(folder, 'certificates');
  await mkdir(certificates);
  await makeCertificates(certificates);
  const examples: RefusalExample[] = [];
  for (const [index, refusal] of refusalCases.entries()) {
    const own = join(folder, String(index));
    await cp(certificates, own, { recursive: true });
    const hooks: (() => Promise<void>)[] = [];
    const result = await runCase({ after: (hook) => void hooks.unshift(hook) }, refusal, own);
    for (const hook of hooks) await hook();
    examples.push({ refusal, result });
  }
  await writeFile(join(import.meta.dirname, '../docs/refusals.md'), refusalsPage(examples));
} finally {
  await rm(folder, { recursive: true, force: true });
}
