import type { AdminState } from '../admin/admin-state.ts';
import type { AddedCertificate } from '../config/added-certificates.ts';
import type { Configuration } from '../config/configuration.ts';
import type { ResolveResult } from '../config/resolve.ts';

/**
 * What is served: a configuration, and beside it what was made through the admin API. The API's state is
 * opened when a configuration first asks for an admin listener; without one nothing of it is served.
 */
export class LiveConfiguration {
  #state: AdminState | null = null;

  /** null: there was no admin listener yet. */
  get state(): AdminState | null {
    return this.#state;
  }

  /** Throws StateError where what is kept can't be used. */
  async resolve(configuration: Configuration): Promise<ResolveResult> {
    if (this.#state !== null)
      return this.resolveWith(configuration, this.#state.certificates.added);
    const result = configuration.resolve();
    if (result.kind === 'invalid' || result.options.admin === null) return result;
    const { openAdminState } = await import('../admin/admin-state.ts');
    this.#state = await openAdminState(result.options.stateDir);
    return this.resolveWith(configuration, this.#state.certificates.added);
  }

  /** The same with these certificates beside the configuration. */
  resolveWith(configuration: Configuration, added: readonly AddedCertificate[]): ResolveResult {
    const result = configuration.resolve(added);
    const hasAdmin = result.kind === 'invalid' || result.options.admin !== null;
    return hasAdmin || added.length === 0 ? result : configuration.resolve();
  }

  close(): void {
    this.#state?.close();
    this.#state = null;
  }
}
