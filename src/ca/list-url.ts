import type { Certificate } from '../pki/certificate.ts';
import { InvalidNameError } from './invalid-name.ts';

/** Where the authority's lists are below its URL; what serves them uses the same names. */
const ROOT_LIST = '/root.crl';
const ISSUING_LIST = '/issuing.crl';

/**
 * Where the root's list is, for a URL under which the lists of an authority are to be had, such as
 * `http://pki.example.com`. Throws InvalidNameError for what can't be a distribution point of ours.
 */
export function rootListUrl(text: string): string {
  const base = text.replace(/\/+$/, '');
  const problem = urlProblem(base);
  if (problem !== null) throw new InvalidNameError('uri', text, problem);
  return base + ROOT_LIST;
}

/**
 * Where the list of an issuing certificate is, by where its own certificate says that the root's is; null: it
 * says nothing that an authority of ours writes.
 */
export function issuingListUrl({ extensions }: Certificate): string | null {
  for (const name of extensions.crlDistributionPoints.flatMap(({ names }) => names)) {
    if (name.kind === 'uri' && name.value.endsWith(ROOT_LIST)) {
      return name.value.slice(0, -ROOT_LIST.length) + ISSUING_LIST;
    }
  }
  return null;
}

function urlProblem(base: string): string | null {
  if (!/^[!-~]+$/.test(base) || !URL.canParse(base)) return 'a URL is needed, http://HOST[:PORT]';
  if (base.length > 200) return 'a URL of at most 200 characters is needed';
  const { protocol, username, search, hash } = new URL(base);
  if (protocol !== 'http:') {
    return 'it has to begin with http://; a list is signed, and https would need a list to be checked';
  }
  return username + search + hash === '' && !/[?#]/.test(base)
    ? null
    : 'leave out user, query and fragment';
}
