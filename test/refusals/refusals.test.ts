// Each kind of refusal: a real client is refused for it, the explanation has the actual values, and once
// the remedy was applied the same client is admitted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { refusalsPage, type RefusalExample } from '../../tools/refusals-page.ts';
import { refusalCases } from './refusal-cases.ts';
import { makeCertificates, runCase } from './run-case.ts';

describe('refusals', needs('curl', 'openssl', 'python3'), () => {
  const examples: RefusalExample[] = [];
  let certificates = '';
  const cleanups: (() => Promise<void>)[] = [];
  after(async () => {
    for (const clean of cleanups) await clean();
  });
  before(async () => {
    certificates = await temporaryFolder({ after: (clean) => void cleanups.push(clean) });
    await makeCertificates(certificates);
  });

  for (const refusal of refusalCases) {
    const { code, variant } = refusal;
    test(`${code}${variant === undefined ? '' : ` (${variant})`}`, async (t) => {
      const folder = await temporaryFolder(t);
      await cp(certificates, folder, { recursive: true });
      const result = await runCase(t, refusal, folder);
      const { refusal: line, finding, text, mended } = result;
      assert.equal(line['cause'], code);
      assert.equal(finding.code, code);
      assert.match(finding.detail, refusal.tells);
      assert.ok(text.includes(finding.remedy), text);
      assert.equal(mended.outcome, 'admitted');
      assert.equal(mended.refusals, 0);
      if (refusal.command.includes('--fail')) assert.equal(mended.status, 0);
      examples.push({ refusal, result });
    });
  }

  test('docs/refusals.md is what was said; tools/write-refusals-page.ts writes it anew', () => {
    assert.equal(examples.length, refusalCases.length, 'a case failed');
    const page = join(import.meta.dirname, '../../docs/refusals.md');
    assert.equal(refusalsPage(examples), readFileSync(page, 'utf8'));
  });
});
