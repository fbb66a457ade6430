import type { ApiObject } from 'cdk8s';

/** One manifest as plain data. */
export type Manifest = Record<string, unknown>;

/**
 * Changes what one object prints, whoever prints it: our app, `Testing.synth(chart)` or `chart.toJson()`. By data and at
 * print time, so that it does not matter in which order the user declares things. The patch comes after the object's
 * own JSON patches and must be idempotent.
 */
export function patchAtPrint(object: ApiObject, patch: (manifest: Manifest) => Manifest): void {
  const print = object.toJson.bind(object) as () => Manifest;
  object.toJson = () => patch(print());
}
