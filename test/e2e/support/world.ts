import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checklist } from '../../../src/access/checklist';
import { isKnown } from '../../../src/access/documents';
import type { DeliveryFact, PodsFact, RoleFact } from '../../../src/access/model';
import { applyTerraform } from '../harness/applier';
import { serverBinary } from '../harness/build';
import { canForward443 } from '../harness/forward';
import { at } from '../harness/json';
import { type Kubernetes, startKubernetes } from '../harness/kubernetes';
import { hasPostgres, type Postgres, startPostgres } from '../harness/postgres';
import { applyForReal, hasProvider, overridden, type Overrides } from '../harness/terraform';
import { canUsePrivateMounts, errorsOf, type Login, startVault, type Vault } from '../harness/vault';
import { hasCrds, installCrds } from './crds';
import { manifestsOf, printExample, type PrintedExample } from './example';

/** Whether an example can be put up here. Vault finds its own token only at a fixed path, the API server only under its name. */
export const possible = hasCrds() && canUsePrivateMounts() && canForward443();
/** What would make it possible, for the name of a skipped test. */
export const why = possible
  ? ''
  : ' (needs the CRDs, private mounts and port 443: run as root with VAULT_CDK_CRDS set)';

/** The same for one example, with what it needs beside the servers. */
export function possibleFor({ database = false }: ExampleOptions): boolean {
  return possible && (!database || hasPostgres());
}

/** What would make it possible, for the name of a skipped test. */
export function whyFor(options: ExampleOptions): string {
  return possible && !possibleFor(options) ? ' (needs a PostgreSQL server: apt-get install postgresql)' : why;
}

/** What an example needs beside what it prints. */
export interface ExampleOptions {
  /** Whether it talks about a PostgreSQL. Default: false */
  readonly database?: boolean;
  /** What of a stack is different here: where its database is, for example. Nothing of the example bends to the test. */
  readonly overrides?: (world: World, stack: string) => Overrides;
  /** Version of the provider that its stacks ask for. Default: that of the bindings */
  readonly provider?: string;
  /** The cluster that its Vaults run in. Default: the one whose tokens they review with their own account, if any */
  readonly home?: string;
  /** Values of a stack's Terraform variables, once its clusters are there. */
  readonly variables?: (world: World, stack: string) => Promise<Readonly<Record<string, string>>>;
  /** What is in a Vault before: engines that the example only refers to. */
  readonly before?: (vault: Vault, world: World) => Promise<void>;
}

/** An example with everything that it talks about: an API server for each cluster, a Vault for each stack, both halves applied. */
export class World {
  readonly printed: PrintedExample;
  readonly clusters = new Map<string, Kubernetes>();
  readonly vaults = new Map<string, Vault>();
  /** What was put, by stack and by path of the request. */
  readonly values = new Map<string, ReadonlyMap<string, Readonly<Record<string, string>>>>();
  /** Manifests that the API servers took, and resources that the Vaults took. */
  readonly applied = { manifests: 0, resources: 0, warnings: [] as string[] };
  readonly #options: ExampleOptions;
  #postgres: Postgres | undefined;
  readonly #cleanUp: (() => unknown)[] = [];

  private constructor(name: string, options: ExampleOptions) {
    const folder = mkdtempSync(join(tmpdir(), 'vault-cdk-example-'));
    this.#cleanUp.push(() => rmSync(folder, { recursive: true }));
    this.printed = printExample(name, folder);
    this.#options = options;
  }

  /** Starts the servers of an example. Nothing is applied yet. */
  static async start(name: string, options: ExampleOptions = {}): Promise<World> {
    const world = new World(name, options);
    try {
      await serverBinary('vault');
      if (options.database === true) {
        const postgres = await startPostgres();
        world.#postgres = postgres;
        world.#cleanUp.unshift(() => postgres.stop());
      }
      const names = world.printed.documents.filter(d => d.format === 'kubernetes').map(d => d.group);
      for (const cluster of new Set(names)) {
        const kubernetes = await startKubernetes();
        world.clusters.set(cluster, kubernetes);
        world.#cleanUp.unshift(() => kubernetes.stop());
        await installCrds(kubernetes, 'secrets-store.csi.x-k8s.io');
        await world.#whatIsThereBefore(cluster, kubernetes);
      }
      for (const stack of world.printed.stacks.keys()) await world.#startVault(stack);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** Another Vault, as the one of a stack and in the same place, with nothing in it. */
  async another(stack: string): Promise<Vault> {
    const home = this.#homeOf(stack);
    const vault = await startVault(home ? { pod: await this.#podIn(home) } : {});
    this.#cleanUp.unshift(() => vault.stop());
    await this.#options.before?.(vault, this);
    return vault;
  }

  /** Applies the manifests of every cluster, platform first, with strict validation. */
  async applyManifests(): Promise<void> {
    for (const [cluster, kubernetes] of this.clusters)
      for (const manifest of manifestsOf(this.printed, cluster)) {
        await kubernetes.apply(manifest);
        this.applied.manifests += 1;
      }
  }

  /** Applies every stack: with the real provider where it is at hand, else with the test applier. */
  async applyStacks(): Promise<'the real provider' | 'the test applier'> {
    const real = hasProvider(this.#options.provider);
    for (const [stack, vault] of this.vaults) {
      const variables = (await this.#options.variables?.(this, stack)) ?? {};
      if (real) {
        const env = Object.fromEntries(Object.entries(variables).map(([k, v]) => [`TF_VAR_${k}`, v]));
        this.applied.resources += applyForReal(this.stackFolder(stack), vault, env, this.#overrides(stack));
      } else await this.applyByHand(stack, vault, variables);
    }
    return real ? 'the real provider' : 'the test applier';
  }

  /** Applies a stack with the test applier. */
  async applyByHand(stack: string, vault: Vault, variables?: Readonly<Record<string, string>>): Promise<void> {
    const values = variables ?? (await this.#options.variables?.(this, stack)) ?? {};
    const document = overridden(this.printed.stacks.get(stack), this.#overrides(stack));
    const applied = await applyTerraform(document, vault, { variables: values });
    this.applied.resources += applied.length;
    this.applied.warnings.push(...applied.flatMap(a => a.warnings));
  }

  #overrides(stack: string): Overrides {
    return this.#options.overrides?.(this, stack) ?? {};
  }

  /** The database that the example talks about. */
  get postgres(): Postgres {
    if (!this.#postgres) throw new Error('no database was asked for: `database: true`');
    return this.#postgres;
  }

  stackFolder(stack: string): string {
    return join(this.printed.folder, 'cdktf.out/stacks', stack);
  }

  /** Puts a value for every item of the checklist, as a person does. */
  async putValues(): Promise<readonly string[]> {
    const items = checklist(this.printed.chain.model);
    for (const [name, vault] of this.vaults) {
      const values = new Map<string, Readonly<Record<string, string>>>();
      this.values.set(name, values);
      for (const { mount, path, keys, stack } of items) {
        if (stack !== undefined && stack !== name) continue;
        const secret = Object.fromEntries(keys.map(k => [k, `value-${randomBytes(4).toString('hex')}`]));
        values.set(`${mount}/data/${path}`, secret);
        const args = ['kv', 'put', `-mount=${mount}`, path, '-'];
        const put = await vault.cli(args, { input: JSON.stringify(secret), token: vault.rootToken });
        if (put.code !== 0) throw new Error(`vault ${args.join(' ')}: ${put.stderr}`);
      }
    }
    return items.map(i => `${i.mount}/${i.path}`);
  }

  /** Pods with each SecretProviderClass that they mount. */
  get mounts(): readonly { readonly pods: PodsFact; readonly delivery: DeliveryFact }[] {
    const { chain } = this.printed;
    return chain.model.pods.flatMap(pods =>
      pods.mounts.flatMap(m => {
        const delivery = chain.deliveryOf(pods, m.delivery);
        return delivery ? [{ pods, delivery }] : [];
      }),
    );
  }

  /** Logs in as the CSI provider does: a token of the pods' account, for the audience of the SecretProviderClass. */
  async login(delivery: DeliveryFact, { namespace, serviceAccount }: Account): Promise<Login> {
    const kubernetes = this.clusterOf(delivery.cluster);
    const jwt = await kubernetes.tokenRequest(namespace, serviceAccount, [delivery.audience ?? '']);
    return this.vaultOf(delivery).login(delivery.mount, delivery.role, jwt);
  }

  /** The role that a delivery logs in with, where it is printed. */
  roleOf(delivery: DeliveryFact): RoleFact | undefined {
    const link = this.printed.chain.roleOf(delivery);
    return 'found' in link ? link.found : undefined;
  }

  clusterOf(name: string): Kubernetes {
    const kubernetes = this.clusters.get(name);
    if (!kubernetes) throw new Error(`there is no cluster "${name}"`);
    return kubernetes;
  }

  vaultOf({ stack }: Pick<DeliveryFact, 'stack'>): Vault {
    const vault = stack === undefined ? [...this.vaults.values()][0] : this.vaults.get(stack);
    if (!vault) throw new Error(`there is no Vault of the stack "${String(stack)}"`);
    return vault;
  }

  async stop(): Promise<void> {
    for (const step of this.#cleanUp.splice(0)) await step();
  }

  /** Namespaces that pods run in and nobody prints, and the accounts that they have already; and Vault's own. */
  async #whatIsThereBefore(cluster: string, kubernetes: Kubernetes): Promise<void> {
    const printed = manifestsOf(this.printed, cluster);
    const has = (kind: string, name: string, namespace?: string): boolean =>
      printed.some(
        m =>
          at(m, 'kind') === kind &&
          at(m, 'metadata', 'name') === name &&
          (namespace === undefined || at(m, 'metadata', 'namespace') === namespace),
      );
    const accounts = printed.flatMap(m => [
      ...(at(m, 'kind') === 'ClusterRoleBinding' ? ((at(m, 'subjects') ?? []) as readonly Account[]) : []),
    ]);
    const pods = this.printed.chain.model.pods
      .filter(p => p.cluster === cluster)
      .map(p => ({ namespace: p.namespace, name: p.serviceAccount }));
    const needed = [...accounts.map(a => ({ namespace: a.namespace, name: a.name ?? '' })), ...pods];
    const spaces = printed.map(m => at(m, 'metadata', 'namespace')).filter(n => typeof n === 'string');
    for (const namespace of new Set([...spaces, ...needed.map(n => n.namespace)]))
      if (!has('Namespace', namespace))
        await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    for (const { namespace, name } of needed) {
      if (has('ServiceAccount', name, namespace)) continue;
      if (has('Namespace', namespace))
        await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      await kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
    }
  }

  async #startVault(stack: string): Promise<void> {
    this.vaults.set(stack, await this.another(stack));
  }

  /** The cluster that the Vault of a stack runs in: the one whose tokens it reviews with its own account. */
  #homeOf(stack: string): string | undefined {
    if (this.#options.home !== undefined) return this.#options.home;
    const { authConfigs, deliveries } = this.printed.chain.model;
    const home = authConfigs.find(
      c => c.stack === stack && String(c.arguments['kubernetes_host']).startsWith('https://kubernetes.default.svc'),
    );
    return deliveries.find(d => home && isKnown(home.mount) && d.mount === home.mount && d.stack === stack)?.cluster;
  }

  async #podIn(cluster: string) {
    const kubernetes = this.clusterOf(cluster);
    await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } });
    await kubernetes.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'vault', namespace: 'vault' },
    });
    const forward = await kubernetes.forward443();
    const token = await kubernetes.tokenRequest('vault', 'vault');
    return { token, ca: kubernetes.ca, hosts: { 'kubernetes.default.svc': forward?.address ?? '' } };
  }
}

/** A service account. */
interface Account {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly name?: string;
}

/** Why a login was refused. */
export function refusalOf(login: Login): readonly string[] {
  return errorsOf(login);
}
