import type { Draft, DraftMapping } from '../draft.ts';
import type { Level } from './block.ts';
import type { NginxDirective } from './syntax.ts';

/** Sets `respond` of a route from a `return`. */
export function takeResponse(
  directive: NginxDirective,
  level: Level,
  route: DraftMapping,
  draft: Draft,
): void {
  const { args, place, name } = directive;
  const [code, text] = args;
  const respond: DraftMapping = {};
  draft.set(route, 'respond', respond, place);
  if (code === undefined || args.length > 2 || !/^\d{3}$/.test(code.text)) {
    draft.error(
      place,
      'return takes a status, or a status and a text; redirects are not made here',
    );
    return;
  }
  const status = Number(code.text);
  if ([301, 302, 303, 307, 308].includes(status)) {
    draft.error(place, 'redirects are not made here: let the upstream answer, or take it out');
    return;
  }
  if (status === 444) {
    draft.notice(place, name, 'is answered 400; nginx would close the connection');
    draft.set(respond, 'status', 400, code.place);
    return;
  }
  draft.set(respond, 'status', status, code.place);
  if (text === undefined) return;
  if (text.text.includes('$')) {
    draft.error(text.place, 'the text has a variable in it, and there are none here');
    return;
  }
  draft.set(respond, 'body', text.text, text.place);
  const type = level.last('default_type');
  const [typeWord] = type?.args ?? [];
  if (type !== undefined && typeWord !== undefined) {
    draft.set(respond, 'content_type', typeWord.text, type.place);
  }
}
