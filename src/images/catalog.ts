import embedded from "../../imagecat/catalog.json" with { type: "json" };
import { catalogSchema, type Catalog } from "../../imagecat/schema.ts";
import { BangerError } from "../core/api/errors.ts";

/** The catalog that banger carries. Loads zod: import this file only where a catalog is needed. */
export function embeddedCatalog(): Catalog {
  return parseCatalog(embedded);
}

/** Checks a catalog; throws CONFIG_INVALID with every problem and its path. */
export function parseCatalog(value: unknown): Catalog {
  const result = catalogSchema.safeParse(value);
  if (result.success) return result.data;
  throw new BangerError("CONFIG_INVALID", "the catalog of images and kernels has errors", {
    detail: result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  });
}
