import { Duration } from '../../core/duration';
import { VaultCdkError } from '../../errors/error';
import type { KubernetesCluster } from '../../kubernetes/cluster';
import type { VaultLogin } from '../../workload/delivery';
import { assertDriver, DEFAULT_PROVIDER_VERSION, ProviderVersion } from './version';

/** What is known of the driver and the provider in the cluster of a workload, with the defaults of what is not stated. */
export interface CsiCluster {
  /** Whether it is known at all what runs there. */
  readonly stated: boolean;
  readonly version: ProviderVersion;
  /** Whether files of running pods are read anew; undefined: not known. */
  readonly rotates: boolean | undefined;
  /** Seconds between two reads, where they are read anew. */
  readonly pollInterval: number | undefined;
  /** Whether the driver may write Kubernetes Secrets; undefined: not known. */
  readonly syncs: boolean | undefined;
  /** Whether an Agent beside the provider talks to the Vault of the workload, and renews. */
  readonly agent: boolean;
  /** Address of another Vault that the Agent talks to. */
  readonly agentElsewhere: string | undefined;
  readonly caDirectory: string;
  readonly trustsWholeDirectory: boolean;
  readonly clientCertificate: { readonly certPath: string; readonly keyPath: string } | undefined;
  readonly swap: boolean;
}

/** What is known of the cluster; refuses one in which the workload would not be given its secrets. */
export function csiCluster(login: VaultLogin): CsiCluster {
  const { cluster, at } = login;
  const { secretsStoreCsi: driver, vaultCsiProvider: provider = {}, nodesSwap = false } = cluster.features ?? {};
  if (cluster.features && !driver) throw notInstalled(cluster, at);
  assertDriver(driver?.version, at);
  const version = new ProviderVersion(provider.version ?? DEFAULT_PROVIDER_VERSION, at);
  assertToken(login, version);
  const rotation = driver?.rotation;
  const interval = rotation ? (rotation.pollInterval ?? Duration.minutes(2)) : undefined;
  const agentElsewhere = provider.agent === true ? otherVault(login, provider.agentAddress) : undefined;
  return {
    stated: cluster.features !== undefined,
    version,
    rotates: rotation === undefined ? undefined : rotation !== false,
    pollInterval: interval?.toSeconds({ integral: false }),
    syncs: driver?.syncSecret,
    agent: provider.agent === true && agentElsewhere === undefined,
    agentElsewhere,
    caDirectory: provider.caDirectory ?? '/vault/tls',
    trustsWholeDirectory: provider.trustsWholeDirectory ?? false,
    clientCertificate: provider.clientCertificate,
    swap: nodesSwap,
  };
}

function notInstalled(cluster: KubernetesCluster, at: string): VaultCdkError {
  return new VaultCdkError({
    code: 'csi/not-installed',
    problem: `the Secrets Store CSI driver does not run in the cluster "${cluster.name}", by what is stated of it`,
    at,
    given: Object.keys(cluster.features ?? {}),
    allowed: 'a cluster whose `features` have `secretsStoreCsi`, or which states none',
    live: 'MountVolume.SetUp failed: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
    fix: 'install the driver and state it, or use another delivery',
  });
}

/** The provider is handed a token of the right audience, or has to create one. */
function assertToken({ cluster, audience, serviceAccount, namespace, at }: VaultLogin, version: ProviderVersion): void {
  const { secretsStoreCsi: driver, vaultCsiProvider: provider } = cluster.features ?? {};
  if (provider?.createsTokens !== false || driver?.audiences === undefined) return;
  const handed = version.reads('csi.storage.k8s.io/serviceAccount.tokens') ? driver.audiences : [];
  if (handed.includes(audience)) return;
  throw new VaultCdkError({
    code: 'csi/no-token',
    problem: `the provider is handed no token for the audience "${audience}", and may create none`,
    at,
    given: { audiences: handed, createsTokens: false },
    allowed: `\`audiences\` with ${JSON.stringify(audience)}, or a provider that creates tokens`,
    live: `serviceaccounts "${serviceAccount}" is forbidden: cannot create resource "serviceaccounts/token" in API group "" in the namespace "${namespace}"`,
    fix: 'set `tokenRequests` in the chart of the driver and state `audiences`',
  });
}

const served = new WeakMap<KubernetesCluster, { readonly address: string; readonly at: string }>();

/** The address of the Agent where that is another Vault than the one of the workload. */
function otherVault({ cluster, address, at }: VaultLogin, agentAddress: string | undefined): string | undefined {
  if (agentAddress !== undefined) return agentAddress === address ? undefined : agentAddress;
  const first = served.get(cluster) ?? { address, at };
  served.set(cluster, first);
  if (first.address === address) return undefined;
  throw new VaultCdkError({
    code: 'csi/agent-of-which-vault',
    problem: 'the Agent of the provider talks to one Vault, and workloads of the cluster log in to two',
    at,
    given: [first.address, address],
    allowed: `\`agentAddress\` in the features of the cluster "${cluster.name}"; the other workload is ${first.at}`,
    live: 'silently ignored: without an address the login goes to the Vault of the Agent: 403 permission denied',
    fix: 'state the address of the Vault that the Agent talks to',
  });
}
