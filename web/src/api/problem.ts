/** What is wrong with one field of a request. */
export interface FieldProblem {
  /** Such as `client.ca`; empty: the request as a whole. */
  readonly path: string;
  readonly message: string;
}

/** An answer of the API that says no, or that never came. */
export class ApiProblem extends Error {
  /** Of the answer; 0: there was none. */
  readonly status: number;
  readonly fields: readonly FieldProblem[];

  constructor(status: number, detail: string, fields: readonly FieldProblem[] = []) {
    super(detail);
    this.name = 'ApiProblem';
    this.status = status;
    this.fields = fields;
  }

  /** What is said of one field, or of what lies within it. */
  about(path: string): string | null {
    const found = this.fields.find(
      (field) => field.path === path || new RegExp(`^${path}[.[]`).test(field.path),
    );
    return found?.message ?? null;
  }
}

/** Reads an `application/problem+json`; takes any other text for what it is. */
export function problemFrom(status: number, text: string): ApiProblem {
  try {
    const { detail, title, errors } = JSON.parse(text) as {
      detail?: unknown;
      title?: unknown;
      errors?: unknown;
    };
    const words =
      typeof detail === 'string' ? detail : typeof title === 'string' ? title : String(status);
    return new ApiProblem(status, words, Array.isArray(errors) ? errors.filter(isField) : []);
  } catch {
    return new ApiProblem(status, text.slice(0, 500) || String(status));
  }
}

function isField(value: unknown): value is FieldProblem {
  if (typeof value !== 'object' || value === null) return false;
  const { path, message } = value as Partial<Record<keyof FieldProblem, unknown>>;
  return typeof path === 'string' && typeof message === 'string';
}
