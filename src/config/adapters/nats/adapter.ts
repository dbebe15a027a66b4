import type { Adapter } from '../adapter.ts';
import { Draft } from '../draft.ts';
import { ForeignSyntaxError } from '../place.ts';
import { Sources } from '../sources.ts';
import { translateNats } from './directives.ts';
import { parseNats } from './syntax.ts';

/**
 * nats-server's configuration. Certificates and keys are looked for where nats-server looks for them:
 * from the directory that it is started in; included files from the directory of the file that includes
 * them.
 */
export const natsAdapter: Adapter = {
  name: 'nats',
  program: 'nats-server',
  adapt(input) {
    const sources = new Sources(input);
    const draft = new Draft(input.file);
    try {
      const root = parseNats(input.path, sources, input.variables);
      translateNats(root, input.upstream, draft);
    } catch (error) {
      if (!(error instanceof ForeignSyntaxError)) throw error;
      draft.error(error.place, error.message);
    }
    return draft.result(input.cwd, sources.paths);
  },
};
