import { request } from '../api/client.ts';
import type { Finding } from '../api/types.ts';

/** What the gateway would decide. */
export interface Explanation {
  readonly decision: 'admit' | 'refuse';
  readonly user: string | null;
  readonly findings: readonly Finding[];
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly value: string;
}

/** Of which client; an empty text: not said. */
export interface Question {
  readonly certificate: string;
  readonly listener: string;
  readonly sni: string;
  readonly path: string;
  readonly method: string;
  readonly language: 'en' | 'zh';
}

export async function explain(question: Question): Promise<Explanation> {
  const said = Object.entries(question).filter(([, value]: [string, string]) => value !== '');
  const { body } = await request<Explanation>('POST', '/v1/explain', {
    body: Object.fromEntries(said),
  });
  return body;
}
