import type { FuzzTarget } from '../support/fuzz.ts';
import { jsonTarget, yamlTarget } from './targets/configuration.ts';

export const configurationTargets: readonly FuzzTarget[] = [yamlTarget, jsonTarget];
