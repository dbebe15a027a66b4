import type { CertificateFiles } from '../gateway/options.ts';
import type { FileReader } from './file-reader.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import { MaterialError, parseTrustBundle, type TrustBundle } from './trust-bundle.ts';
import { warnOfAnchors } from './certificate-warnings.ts';

/** What every step of the resolution has at hand. */
export class ResolveContext {
  readonly report: Report;
  readonly files: FileReader;
  /** Milliseconds since the epoch; only warnings depend on it. */
  readonly now: number;
  /** Every certificate that was read from a file, with its key; by the path of the certificate. */
  readonly certificateFiles = new Map<string, CertificateFiles>();
  readonly #bundles = new Map<string, TrustBundle | MaterialError>();
  /** By the path as it was named: thousands of certificates may name one file. */
  readonly #bundleFiles = new Map<string, TrustBundle>();

  constructor(report: Report, files: FileReader, now: number) {
    this.report = report;
    this.files = files;
    this.now = now;
  }

  /** A trust bundle from a file; null where it can't be used, which is reported at `at`. */
  bundleFile(path: string, at: ConfigPath): TrustBundle | null {
    const known = this.#bundleFiles.get(path);
    if (known !== undefined) return known;
    const text = this.files.read(path, at);
    const bundle = text === null ? null : this.bundle(text, at, `${this.files.absolute(path)}: `);
    if (bundle !== null) this.#bundleFiles.set(path, bundle);
    return bundle;
  }

  /** A trust bundle from its text. Equal texts give the same object. */
  bundle(text: string, at: ConfigPath, prefix = ''): TrustBundle | null {
    let bundle = this.#bundles.get(text);
    if (bundle === undefined) {
      bundle = readBundle(text);
      this.#bundles.set(text, bundle);
      if (!(bundle instanceof MaterialError)) warnOfAnchors(bundle, at, this);
    }
    if (!(bundle instanceof MaterialError)) return bundle;
    this.report.error(at, `${prefix}${bundle.message}`);
    return null;
  }
}

function readBundle(text: string): TrustBundle | MaterialError {
  try {
    return parseTrustBundle(text);
  } catch (error) {
    if (error instanceof MaterialError) return error;
    throw error;
  }
}
