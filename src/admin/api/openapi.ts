import { z } from 'zod';
import type { Operation } from './operation.ts';
import { problemSchema } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the operations: the schemas in it are those that check requests. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign admin API',
      version: '1',
      description: 'Certificates, clients and refusals of a running gateway.',
    },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'admin.token in state.dir' },
        session: { type: 'apiKey', in: 'cookie', name: 'countersign_session' },
      },
    },
  };
}

function describe(operation: Operation): Json {
  const { method, path, summary, query, body, answers, media } = operation;
  const responses: Record<string, Json> = {
    default: {
      description: 'What is wrong.',
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    },
  };
  for (const [status, schema] of Object.entries(answers)) {
    responses[status] = {
      description: 'All went well.',
      ...(schema === null
        ? {}
        : { content: { [media ?? 'application/json']: { schema: schemaOf(schema, 'output') } } }),
    };
  }
  const parameters = [...pathParameters(path), ...queryParameters(query), ...ifMatch(operation)];
  return {
    operationId: operationId(method, path),
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, 'input') } },
          },
        }),
    responses,
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  // OpenAPI 3.1 names the dialect of its schemas itself.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function pathParameters(path: string): Json[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (query === undefined) return [];
  const { properties = {} } = schemaOf(query, 'input') as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function ifMatch({ method, path }: Operation): Json[] {
  if (method === 'get' || method === 'post' || !path.endsWith('}')) return [];
  const description = 'The ETag that was read: 412 where it was changed since.';
  return [{ name: 'If-Match', in: 'header', description, schema: { type: 'string' } }];
}

/** Such as `getCertificatesId`. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z]+/).filter((word) => word !== '' && word !== 'v');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
