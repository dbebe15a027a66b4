import { stringify } from 'yaml';

/** A document as a YAML file that is read to the same document. */
export function printDocument(value: unknown): string {
  return stringify(literal(value), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** In a file `${NAME}` is an environment variable, and `$${` stands for `${`. */
function literal(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', '$$${');
  if (Array.isArray(value)) return value.map((item) => literal(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literal(inner)]));
}
