import { certificateCases } from './certificate-cases.ts';
import { connectionCases } from './connection-cases.ts';
import type { RefusalCase } from './refusal-case.ts';

/** Every refusal that a client can provoke. */
export const refusalCases: readonly RefusalCase[] = [...certificateCases, ...connectionCases];
