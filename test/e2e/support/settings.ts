import { at, textAt } from '../harness/json';
import type { Overrides } from '../harness/terraform';
import type { Vault } from '../harness/vault';
import type { ExampleOptions, World } from './world';

/** Every example, and what it needs beside what it prints. */
export const EXAMPLES: Readonly<Record<string, ExampleOptions>> = {
  quickstart: {},
  // The auth mount, its reviewer and the engine exist already, so none of them is printed.
  brownfield: { home: 'prod', before: existingEstate },
  environments: {},
  outside: {
    provider: '5.7.0',
    // What the bootstrap script exports, by the API and not by kubectl.
    async variables(world) {
      const [eu, us] = [world.clusterOf('eu'), world.clusterOf('us')];
      return {
        kubernetes_host_eu: eu.url,
        kubernetes_ca_eu: eu.ca,
        kubernetes_host_us: us.url,
        kubernetes_ca_us: us.ca,
        reviewer_jwt_eu: await eu.tokenRequest('vault', 'vault-auth'),
      };
    },
  },
  csi: {
    database: true,
    variables: world => Promise.resolve({ database_app_password: world.postgres.password }),
    overrides: databaseOnLoopback,
  },
};

/** The database of the tests has another address and another CA; all else of the connection is as printed. */
function databaseOnLoopback({ printed, postgres }: World, stack: string): Overrides {
  const type = 'vault_database_secret_backend_connection';
  const connections = Object.entries(at(printed.stacks.get(stack), 'resource', type) ?? {}).map(
    ([name, connection]) => {
      const url = textAt(connection, 'postgresql', 'connection_url');
      const changed = {
        connection_url: url.replace(/@[^?]*/, `@127.0.0.1:${postgres.port}/postgres`),
        tls_ca: postgres.certificate,
      };
      return [name, { postgresql: { ...(at(connection, 'postgresql') as object), ...changed } }] as const;
    },
  );
  return { [type]: Object.fromEntries(connections) };
}

async function existingEstate(vault: Vault, world: World): Promise<void> {
  const write = async (path: string, body: unknown): Promise<void> => {
    const { status, body: answer } = await vault.request('POST', path, { token: vault.rootToken, body });
    if (status > 299) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  };
  await write('sys/mounts/secret', { type: 'kv', options: { version: '2' } });
  await write('sys/auth/kubernetes', { type: 'kubernetes' });
  await write('auth/kubernetes/config', { kubernetes_host: 'https://kubernetes.default.svc:443' });
  await world.clusterOf('prod').apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'vault-reviews-tokens' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'vault', namespace: 'vault' }],
  });
}
