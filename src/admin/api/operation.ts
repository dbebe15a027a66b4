import type { z } from 'zod';
import type { Language } from '../../diagnostics/finding.ts';
import type { Answer } from './problem.ts';

/** Who asks. */
export interface Caller {
  /** For the audit trail: `token`, `session`, or a user. */
  readonly who: string;
  /** Remote address; empty on a unix socket. */
  readonly address: string;
}

/** A request whose query and body fit their schemas. */
export interface ApiRequest<Query, Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** As sent; null: not. */
  readonly ifMatch: string | null;
  /** By Accept-Language. */
  readonly language: Language;
  readonly caller: Caller;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

interface Description<Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: Method;
  /** As OpenAPI writes it: `/v1/certificates/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** What the query may hold; absent: nothing. */
  readonly query?: Query;
  /** What the body must be; absent: there is none. */
  readonly body?: Body;
  /** The one of several that a query asks for; `body` then describes them all. */
  readonly bodyFor?: (query: z.output<Query>) => z.ZodType;
  /** What the answer is; default: JSON. */
  readonly media?: string;
  /** What is answered when all goes well: the schema of the body, null for none. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
}

/** One thing that the API does: what it takes and answers, for requests and their description alike. */
export interface Operation extends Description<z.ZodType, z.ZodType> {
  readonly handle: (request: ApiRequest<unknown, unknown>) => Answer | Promise<Answer>;
}

/** Ties what `handle` is given to the schemas. */
export function operation<Query extends z.ZodType, Body extends z.ZodType>(
  description: Description<Query, Body> & {
    readonly handle: (
      request: ApiRequest<z.output<Query>, z.output<Body>>,
    ) => Answer | Promise<Answer>;
  },
): Operation {
  return description as unknown as Operation;
}
