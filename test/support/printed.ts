import { parse } from 'yaml';
import type { VaultApp } from 'vault-cdk';

/** A manifest, as far as tests look into it. */
export type Manifest = Readonly<Record<string, unknown>> & {
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** The printed manifests of one kind. */
export function printed(app: VaultApp, kind: string): readonly Manifest[] {
  return app
    .judge()
    .printOut.documents.filter(d => d.value['kind'] === kind)
    .map(d => structuredClone(d.value) as Manifest);
}

/** The one printed SecretProviderClass, with its `objects` read as the provider reads them. */
export function providerClass(app: VaultApp) {
  const [only, ...others] = printed(app, 'SecretProviderClass');
  if (!only || others.length > 0) throw new Error('not one SecretProviderClass');
  const spec = only['spec'] as {
    readonly provider: string;
    readonly parameters: Readonly<Record<string, string>>;
    readonly secretObjects?: readonly Readonly<Record<string, unknown>>[];
  };
  const { objects = '', ...parameters } = spec.parameters;
  return {
    ...only,
    ...spec,
    parameters,
    objects: parse(objects, { version: '1.1' }) as readonly Readonly<Record<string, unknown>>[],
  };
}

/** The spec of the pods of the one printed object of a kind. */
export function podSpec(app: VaultApp, kind = 'Deployment') {
  const [only] = printed(app, kind);
  const spec = only?.['spec'] as Readonly<Record<string, unknown>>;
  const pod = (kind === 'Pod' ? spec : (spec['template'] as { readonly spec: object }).spec) as Readonly<
    Record<string, unknown>
  > & {
    readonly containers: readonly Readonly<Record<string, unknown>>[];
    readonly initContainers?: readonly Readonly<Record<string, unknown>>[];
    readonly volumes: readonly Readonly<Record<string, unknown>>[];
  };
  return pod;
}

/** What one stack of an app prints. */
export interface PrintedStack {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly variable?: Readonly<Record<string, unknown>>;
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
  readonly removed?: readonly unknown[];
}

/** The printed Terraform JSON of a stack. */
export function stack(app: VaultApp, name = 'vault'): PrintedStack {
  return JSON.parse(app.judge().printOut.terraform.get(`stacks/${name}/cdk.tf.json`) ?? '{}') as PrintedStack;
}

/** The resources of a type by their Terraform name, without what is there only for people. */
export function resources(app: VaultApp, type: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(stack(app).resource[type] ?? {}).map(([name, { '//': metadata, ...rest }]) => [name, rest]),
  );
}

/** The text of each policy by its name. */
export function policies(app: VaultApp): Readonly<Record<string, string>> {
  const printed = Object.values(stack(app).resource['vault_policy'] ?? {});
  return Object.fromEntries(printed.map(p => [String(p['name']), String(p['policy'])]));
}
