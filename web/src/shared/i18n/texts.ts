/**
 * The shape another language must have: every text of the first one. Vietnamese nouns have no plural, so the
 * singular forms (`…_one`) are not asked for.
 */
export type Translated<T> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Translated<T[K]>;
};
