import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vault } from './vault';

/** What a `terraform` command printed, and how it ended. */
export interface TerraformRun {
  readonly code: number | null;
  readonly output: string;
}

/** Version of the provider that printed stacks ask for. */
export const PROVIDER = '5.6.0';

/** Whether a `terraform` that has the real provider is at hand: on the PATH, and set up by TF_CLI_CONFIG_FILE or by itself. */
export function hasProvider(version = PROVIDER): boolean {
  const known = found.get(version);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-provider-'));
  try {
    const required_providers = { vault: { source: 'hashicorp/vault', version } };
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ terraform: { required_providers } }));
    const { code } = terraform(folder, ['init', '-input=false', '-no-color']);
    found.set(version, code === 0);
    return code === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const found = new Map<string, boolean>();

/** Whether there is a `terraform` at all, provider or not. */
export function hasTerraform(): boolean {
  return spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0;
}

/** Runs `terraform` in a folder. */
export function terraform(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): TerraformRun {
  const { TF_CLI_CONFIG_FILE: config, ...rest } = process.env;
  const configured = config !== undefined && existsSync(config) ? { TF_CLI_CONFIG_FILE: config } : {};
  const { status, stdout, stderr } = spawnSync('terraform', args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...rest, ...configured, ...env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
  });
  return { code: status, output: `${stdout}${stderr}` };
}

/** Arguments of a stack's resources that are others where the stack is tried, by type and name: each in place of the printed one. */
export type Overrides = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/**
 * Applies a printed stack with the real provider, against a Vault of ours: twice, and the second plan must be empty.
 *
 * @returns how many resources were made
 */
export function applyForReal(
  stackFolder: string,
  vault: Pick<Vault, 'address' | 'rootToken'>,
  env: Readonly<Record<string, string>> = {},
  resource: Overrides = {},
): number {
  // Where the runner finds Vault is stated in the stack; an override file changes that one argument, and what is given.
  const override = {
    provider: { vault: [{ address: vault.address }] },
    ...(Object.keys(resource).length === 0 ? {} : { resource }),
  };
  writeFileSync(join(stackFolder, 'e2e_override.tf.json'), JSON.stringify(override));
  const login = { VAULT_TOKEN: vault.rootToken, ...env };
  const run = (args: readonly string[], codes: readonly number[] = [0]): TerraformRun => {
    const ran = terraform(stackFolder, [...args, '-no-color', '-input=false'], login);
    if (codes.includes(ran.code ?? -1)) return ran;
    throw new Error(`terraform ${args.join(' ')} ended with ${String(ran.code)}:\n${ran.output}`);
  };
  try {
    run(['init']);
    const { output } = run(['apply', '-auto-approve']);
    const again = run(['plan', '-detailed-exitcode'], [0, 2]);
    if (again.code === 2) throw new Error(`a second plan is not empty:\n${again.output}`);
    return Number(/Resources: (\d+) added/.exec(output)?.[1] ?? 0);
  } finally {
    rmSync(join(stackFolder, 'e2e_override.tf.json'), { force: true });
  }
}

/** A printed stack as an override file changes it: argument by argument, blocks as a whole. */
export function overridden(stack: unknown, overrides: Overrides): unknown {
  const changed = structuredClone(stack) as { resource: Record<string, Record<string, object>> };
  for (const [type, named] of Object.entries(overrides))
    for (const [name, args] of Object.entries(named)) {
      const printed = changed.resource[type]?.[name];
      if (!printed) throw new Error(`there is no ${type}.${name} to override`);
      Object.assign(printed, args);
    }
  return changed;
}

/** The resources of a printed stack, by their number. */
export function resourcesIn(stackFolder: string): number {
  const stack = JSON.parse(readFileSync(join(stackFolder, 'cdk.tf.json'), 'utf8')) as {
    readonly resource?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  return Object.values(stack.resource ?? {}).reduce((n, named) => n + Object.keys(named).length, 0);
}
