import { dirname } from 'node:path';
import type { Adapter } from '../adapter.ts';
import { Draft } from '../draft.ts';
import { ForeignSyntaxError } from '../place.ts';
import { Sources } from '../sources.ts';
import { translateNginx } from './directives.ts';
import { parseNginx } from './syntax.ts';

/**
 * nginx's configuration: a whole one, or a file of server blocks. Certificates, keys and included files
 * are looked for where nginx looks for them: from the directory of the configuration.
 */
export const nginxAdapter: Adapter = {
  name: 'nginx',
  program: 'nginx',
  adapt(input) {
    const sources = new Sources(input);
    const draft = new Draft(input.file);
    try {
      const directives = parseNginx(input.path, sources);
      if (input.upstream !== null) {
        const start = { file: input.file, line: 1, column: 1 };
        draft.error(start, 'proxy_pass says where requests go: --upstream has no meaning here');
      }
      translateNginx(directives, input.path, sources, draft);
    } catch (error) {
      if (!(error instanceof ForeignSyntaxError)) throw error;
      draft.error(error.place, error.message);
    }
    return draft.result(dirname(input.path), sources.paths);
  },
};
