import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { upstreamResponse } from './targets/upstream-response.ts';

test(upstreamResponse.name, () => fuzz(upstreamResponse, fuzzPlan(600, 'short')));
