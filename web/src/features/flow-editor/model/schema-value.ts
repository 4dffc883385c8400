import type { Json } from "./document";
import { fieldsOf, resolve, type Schema } from "./schema";

/** Return a value to begin with that fits the schema as far as that can be known. */
export function emptyValue(schema: Schema, root: Schema): Json {
  const whole = resolve(schema, root);
  if (whole.default !== undefined && whole.default !== null) return structuredClone(whole.default);
  if (whole.const !== undefined) return whole.const;
  if (whole.enum?.[0] !== undefined) return whole.enum[0];
  const [variant] = whole.oneOf ?? [];
  if (variant !== undefined) return emptyValue(variant, root);
  switch (whole.type) {
    case "number":
    case "integer":
      return whole.minimum ?? 0;
    case "boolean":
      return false;
    case "array":
      return [];
    case "object":
      return Object.fromEntries(
        fieldsOf(whole, root)
          .filter(({ required, schema: field }) => required || field.const !== undefined)
          .map(({ name, schema: field }) => [name, emptyValue(field, root)]),
      );
    default:
      return "";
  }
}

/** Return the variants of a choice between shapes, by the value of the field that tells them apart. */
export function variantsOf(schema: Schema, root: Schema): { tag: string; value: string; schema: Schema }[] {
  const tag = schema.discriminator?.propertyName ?? "kind";
  return (schema.oneOf ?? []).flatMap((one) => {
    const variant = resolve(one, root);
    const value = variant.properties?.[tag]?.const ?? variant.properties?.[tag]?.default;
    return typeof value === "string" ? [{ tag, value, schema: variant }] : [];
  });
}
