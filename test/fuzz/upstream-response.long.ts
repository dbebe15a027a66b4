import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { upstreamResponse } from './targets/upstream-response.ts';

const plan = fuzzPlan(100_000, 'long');

test(`${upstreamResponse.name}, seed ${plan.seed}`, () => fuzz(upstreamResponse, plan));
