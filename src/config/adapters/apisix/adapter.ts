import { parseConfigDocument } from '../../document.ts';
import type { Adapter } from '../adapter.ts';
import { Draft } from '../draft.ts';
import { Sources } from '../sources.ts';
import { translateApisix } from './directives.ts';

/**
 * APISIX's apisix.yaml, or one `ssl` object as its Admin API has it, YAML or JSON. The listener is where
 * APISIX listens for TLS unless it is told otherwise.
 */
export const apisixAdapter: Adapter = {
  name: 'apisix',
  program: 'APISIX',
  adapt(input) {
    const sources = new Sources(input);
    const draft = new Draft(input.file);
    const source = sources.read(input.path);
    const start = { file: input.file, line: 1, column: 1 };
    if (source.kind === 'failed') draft.error(start, source.message);
    else {
      const parsed = parseConfigDocument(Buffer.from(source.text), input.file, input.variables);
      if (parsed.kind === 'document') translateApisix(parsed.document, input.upstream, draft);
      else {
        for (const { position, message } of parsed.problems) {
          draft.error({ ...start, ...position }, message);
        }
      }
    }
    return draft.result(input.cwd, sources.paths);
  },
};
