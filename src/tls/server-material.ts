/** A certificate chain and its key, PEM. */
export interface ServerMaterial {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Where the material is had from that options name by `materialId` alone. */
export interface MaterialSource {
  /** Calls `found` once, now or within a bounded time. null: it can't be had, now at least. */
  find(id: number, found: (material: ServerMaterial | null) => void): void;
}

/** The code of the error where it could not be had. */
export const MATERIAL_MISSING = 'ERR_MATERIAL_MISSING';

/** Options hold all of theirs. */
export const NO_MATERIAL: MaterialSource = { find: (_, found) => found(null) };
