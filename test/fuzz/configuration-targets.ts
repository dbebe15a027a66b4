import type { FuzzTarget } from '../support/fuzz.ts';
import { jsonTarget, plainYamlTarget, yamlTarget } from './targets/configuration.ts';

export const configurationTargets: readonly FuzzTarget[] = [
  yamlTarget,
  plainYamlTarget,
  jsonTarget,
];
