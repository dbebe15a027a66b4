import { z } from 'zod';
import { configSchema } from './schema.ts';

/** A JSON Schema as far as the reference page looks into it. */
export interface JsonSchema {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number;
}

/** The configuration's JSON Schema (draft 2020-12), for editors: every key with its description. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input' });
  return { $schema, title: 'Countersign configuration', ...rest } as JsonSchema;
}
