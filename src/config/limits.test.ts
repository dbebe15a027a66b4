import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configJsonSchema } from './json-schema.ts';
import { resolveHandshakes, resolveHttpLimits, resolveLimits } from './limits.ts';
import type { LimitsConfig } from './schema.ts';

/** What each key becomes, all in one. */
function resolved(config: LimitsConfig = {}): Record<string, number | null> {
  const { maxHeadBytes, maxFields, ...http } = resolveHttpLimits(config);
  const { connectionsAsked: _, ...limits } = resolveLimits(config);
  return {
    ...limits,
    handshakes: resolveHandshakes(config),
    headSize: maxHeadBytes,
    fields: maxFields,
    ...http,
  };
}

const names: Record<string, string> = {
  connections: 'connections',
  connections_per_address: 'connectionsPerAddress',
  handshakes: 'handshakes',
  requests: 'maxRequests',
  idle: 'idleTimeoutMs',
  lifetime: 'lifetimeMs',
  head_timeout: 'headTimeoutMs',
  stall_timeout: 'stallTimeoutMs',
  response_timeout: 'responseTimeoutMs',
  head_size: 'headSize',
  fields: 'fields',
};

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

function numberOf(text: string): number | null {
  if (text === 'no limit') return null;
  const [, digits, unit] = /^(\d+)([smh]?)$/.exec(text) ?? [];
  return Number(digits) * (UNITS[unit ?? ''] ?? 1);
}

const keys = configJsonSchema().properties?.['listeners']?.items?.properties?.['limits'];

test('every limit has the default that its description tells', () => {
  const defaults = resolved();
  for (const [key, name] of Object.entries(names)) {
    const description = keys?.properties?.[key]?.description ?? '';
    const [, text = ''] = /Default: (.+)\.$/.exec(description) ?? [];
    assert.equal(defaults[name], numberOf(text), `${key}: ${text}`);
  }
});

test('every key changes the limit that it names, and nothing else', () => {
  const defaults = resolved();
  for (const [key, name] of Object.entries(names)) {
    assert.deepEqual(resolved({ [key]: 4711 }), { ...defaults, [name]: 4711 });
  }
});
