import type { VaultApp } from 'vault-cdk';

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
