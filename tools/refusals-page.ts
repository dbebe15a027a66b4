// The page of all refusals, docs/refusals.md: for each the command that provokes it, what the operator
// reads, and what mends it. Made from what a gateway really said in the tests of test/refusals, which
// keep it current; `node tools/with-runtime.js tools/write-refusals-page.ts` writes it anew.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../src/diagnostics/catalogue.ts';
import type { CauseCode } from '../src/diagnostics/evidence.ts';
import { listener, type RefusalCase } from '../test/refusals/refusal-case.ts';
import type { CaseResult } from '../test/refusals/run-case.ts';

export interface RefusalExample {
  readonly refusal: RefusalCase;
  readonly result: CaseResult;
}

/** The page by the examples, in the order of their codes in the catalogue. */
export function refusalsPage(examples: readonly RefusalExample[]): string {
  const codes = Object.keys(catalogue) as CauseCode[];
  const shown = codes.filter((code) => examples.some(({ refusal }) => refusal.code === code));
  const others = codes.filter((code) => !shown.includes(code));
  const sections = shown.map((code) =>
    sectionOf(
      code,
      examples.filter(({ refusal }) => refusal.code === code),
    ),
  );
  return `${[INTRODUCTION, ...sections, certificates(), rest(others)].join('\n\n')}\n`;
}

const INTRODUCTION = `# Why a client is refused, and what mends it

Every refusal has a cause, and every cause a finding: what is wrong with the actual values in it, and a
remedy. It stands in the log (\`finding\` in a line of JSON, the words after "To mend it" on a terminal).
The client learns none of it.

\`countersign explain client.crt --config gateway.yaml\` says the same without a connection, rule by rule;
\`--lang zh\` says it in Chinese, and \`--json\` for programs. It exits 0 where the client would be admitted
and 1 where not.

This page is made by tests: each command was run against a gateway, the line is what that gateway wrote,
and after the remedy the same client was admitted. Unless another configuration is shown it is this one
(\`gateway.yaml\`), and the certificates are made by the script [at the end](#the-certificates):

\`\`\`yaml
${listener().trimEnd()}
\`\`\``;

function sectionOf(code: CauseCode, examples: readonly RefusalExample[]): string {
  const { title, severity, rule } = catalogue[code];
  return [
    `## ${code}`,
    `**${title.en}.** ${severity === 'error' ? 'An error' : 'A warning'}; ${rule}.`,
    ...examples.map(exampleOf),
  ].join('\n\n');
}

function exampleOf({ refusal, result }: RefusalExample): string {
  const { variant, configuration, command } = refusal;
  return [
    ...(variant === undefined ? [] : [`### ${variant}`]),
    ...(configuration === listener() ? [] : [block('yaml', configuration.trimEnd())]),
    block('sh', command),
    block('', lasting(result.text)),
    `- **Finding:** ${escaped(lasting(result.finding.detail))}`,
    `- **Remedy:** ${escaped(lasting(result.finding.remedy))}`,
    '',
    ...mendedBy(refusal),
  ]
    .join('\n\n')
    .replaceAll('\n\n- **Remedy', '\n- **Remedy')
    .replaceAll('\n\n\n\n', '\n\n');
}

function mendedBy({ mended }: RefusalCase): string[] {
  const { preparation, configuration, command, upstream } = mended;
  return [
    'Admitted after:',
    ...(preparation === undefined ? [] : [block('sh', preparation)]),
    ...(configuration === undefined ? [] : [block('yaml', configuration.trimEnd())]),
    ...(upstream === undefined ? [] : [block('sh', upstream)]),
    ...(command === undefined ? [] : [block('sh', command)]),
  ];
}

function certificates(): string {
  const path = join(import.meta.dirname, '../test/refusals/make-certificates.sh');
  return ['## The certificates', block('sh', readFileSync(path, 'utf8').trimEnd())].join('\n\n');
}

function rest(codes: readonly CauseCode[]): string {
  const rows = codes.map((code) => `| \`${code}\` | ${catalogue[code].title.en} | ${WHEN[code]} |`);
  return [
    '## Causes without a command',
    ['| code | what it says | when |', '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

/** When a cause occurs that no command of this page provokes. */
const WHEN: Partial<Record<CauseCode, string>> = {
  revoked: 'OpenSSL or a revocation list says so',
  'crl-stale': 'a revocation list is older than its next one should be',
  'crowded-out': 'under a flood of handshakes; told in counts, at most once a second',
  'server-certificate':
    'OpenSSL refuses a certificate or key that `check` found nothing wrong with, or the primary process did not hand one to a worker in time',
  'no-route': 'the request is answered 404; told by `explain --path`',
  'ambiguous-path': 'the request is answered 400; told by `explain --path`',
};

/** A text without what is different each time: moments, identifiers, ports, digests. */
function lasting(text: string): string {
  return text
    .trimEnd()
    .replace(/^\d\d:\d\d:\d\d /, '')
    .replaceAll(/\[[0-9a-z]{20}\]/g, '[HANDSHAKE-ID]')
    .replaceAll(/127\.0\.0\.1:(?!9443)\d+/g, '127.0.0.1:PORT')
    .replaceAll(/(it is |\()20\d\d-[\dT:-]+Z/g, '$1NOW')
    .replaceAll(/\b\d+ days\b/g, 'N days')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'SHA-256')
    .replaceAll(/\b[0-9a-f]{20}\b/g, 'KEY-ID');
}

function escaped(text: string): string {
  return text.replaceAll(/[<>*_`|]/g, String.raw`\$&`);
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
