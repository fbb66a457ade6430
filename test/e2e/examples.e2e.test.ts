import { readdirSync } from 'node:fs';
import { isKnown } from '../../src/access/documents';
import { References } from '../../src/access/read-terraform';
import { at, isRecord } from './harness/json';
import type { Kubernetes } from './harness/kubernetes';
import { hasProvider } from './harness/terraform';
import { errorsOf } from './harness/vault';
import { count, pathsAround, tryAll } from './support/pairs';
import { EXAMPLES } from './support/settings';
import { possibleFor, whyFor, World } from './support/world';

const AUDIENCE = 'invalid audience (aud) claim: audience claim does not match any expected audience';

describe.each(Object.entries(EXAMPLES).map(([name, options]) => [name, whyFor(options), options] as const))(
  'the example %s on a real Vault and a real API server%s',
  (name, _why, options) => {
    const possible = possibleFor(options);
    const serverTest = possible ? test : test.skip;
    let world: World;
    const stop = async () => (world as World | undefined)?.stop();

    beforeAll(async () => {
      if (possible) world = await World.start(name, options);
    }, 40 * 60_000);
    afterAll(stop);

    serverTest(
      'its Kubernetes half, each SecretProviderClass too, is taken as it is, with strict validation [CSI-35]',
      async () => {
        await world.applyManifests();
        count('manifests applied', world.applied.manifests);
        expect(world.applied.manifests).toBeGreaterThan(0);
      },
    );

    serverTest('its pods are admitted with their service accounts', async () => {
      for (const { cluster, namespace, kind, name: maker } of world.printed.chain.model.pods) {
        const object = world.printed.documents.find(
          d => d.group === cluster && d.value['kind'] === kind && at(d.value, 'metadata', 'name') === maker,
        );
        const spec =
          kind === 'Pod'
            ? at(object?.value, 'spec')
            : kind === 'CronJob'
              ? at(object?.value, 'spec', 'jobTemplate', 'spec', 'template', 'spec')
              : at(object?.value, 'spec', 'template', 'spec');
        const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace }, spec };
        const query = { dryRun: 'All', fieldValidation: 'Strict' };
        const path = `/api/v1/namespaces/${namespace}/pods`;
        const answer = await world.clusterOf(cluster).request('POST', path, { body, query });
        expect([maker, answer.status, at(answer.body, 'message')]).toEqual([maker, 201, undefined]);
      }
    });

    serverTest('its Vault half is taken as it is', async () => {
      const by = await world.applyStacks();
      count(`Terraform resources applied by ${by}`, world.applied.resources);
      expect(world.applied.warnings).toEqual([]);
    });

    const comparable = possible && hasProvider(options.provider);
    (comparable ? test : test.skip)(
      `the real provider leaves what the test applier leaves${comparable ? '' : ' (needs a terraform with hashicorp/vault: set TF_CLI_CONFIG_FILE)'}`,
      async () => {
        for (const [stack, vault] of world.vaults) {
          const other = await world.another(stack);
          await world.applyByHand(stack, other);
          const left = leftIn(world, stack);
          for (const path of left)
            expect([path, dataOf(await other.request('GET', path, { token: other.rootToken }))]).toEqual([
              path,
              dataOf(await vault.request('GET', path, { token: vault.rootToken })),
            ]);
          count('objects of Vault that both appliers leave alike', left.length);
        }
      },
    );

    serverTest('every workload logs in and finds each file that it was promised', async () => {
      await world.putValues();
      for (const { pods, delivery } of world.mounts) {
        const answer = await world.login(delivery, pods);
        expect([pods.name, answer.status, errorsOf(answer)]).toEqual([pods.name, 200, []]);
        for (const read of isKnown(delivery.reads) ? delivery.reads : []) {
          const secret = await world.vaultOf(delivery).request('GET', read.path, { token: answer.token ?? '' });
          expect([read.path, secret.status]).toEqual([read.path, 200]);
          const put = world.values.get(delivery.stack ?? '')?.get(read.path)?.[read.key ?? ''];
          if (put !== undefined) expect(at(secret.body, 'data', 'data', read.key ?? '')).toBe(put);
          else if (at(secret.body, 'lease_id') !== '')
            expect(at(secret.body, 'data', read.key ?? '')).toEqual(expect.stringMatching(/./));
          count('files found', 1);
        }
      }
      count('workloads logged in', world.mounts.length);
      expect(world.mounts.length).toBeGreaterThan(0);
    });

    serverTest(
      'every path answers as the access model says; those of others, parents and siblings are refused',
      async () => {
        const { chain } = world.printed;
        const seen = new Set<unknown>();
        for (const { pods, delivery } of world.mounts) {
          const role = world.roleOf(delivery);
          if (!role || seen.has(role)) continue;
          seen.add(role);
          const { token } = await world.login(delivery, pods);
          const pairs = await tryAll(chain, role, world.vaultOf(delivery), token ?? '', pathsAround(chain));
          count('pairs of request and answer', pairs.length);
          expect(pairs.filter(p => p.model !== p.vault)).toEqual([]);
          expect(pairs.filter(p => p.vault === 'allowed')).not.toEqual([]);
        }
      },
    );

    serverTest('no one logs in as somebody else, from another namespace, or for another audience', async () => {
      for (const { pods, delivery } of world.mounts) {
        const kubernetes = world.clusterOf(delivery.cluster);
        for (const [namespace, account] of [
          [pods.namespace, 'somebody-else'],
          ['elsewhere', pods.serviceAccount],
        ] as const) {
          await kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
          const metadata = { name: account, namespace };
          await kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
          const answer = await world.login(delivery, { namespace, serviceAccount: account });
          expect([pods.name, namespace, answer.status]).toEqual([pods.name, namespace, 403]);
        }
        const jwt = await kubernetes.tokenRequest(pods.namespace, pods.serviceAccount, ['somebody-else']);
        const texts = errorsOf(await world.vaultOf(delivery).login(delivery.mount, delivery.role, jwt));
        expect([[AUDIENCE], ['permission denied']]).toContainEqual(texts);
        count('logins refused', 3);
      }
    });

    serverTest(
      'without the binding of its reviewer no workload logs in, and the API server says why to whoever asks [RBAC-02]',
      async () => {
        const bindings = world.printed.documents.filter(
          d => d.value['kind'] === 'ClusterRoleBinding' && at(d.value, 'roleRef', 'name') === 'system:auth-delegator',
        );
        // An auth mount of others has a reviewer of others.
        const stacks = new Set(world.printed.chain.model.authConfigs.map(c => c.stack));
        expect(bindings.length > 0).toBe(stacks.size > 0);
        const mounts = world.mounts.filter(m => stacks.has(m.delivery.stack ?? ''));
        expect(mounts.length > 0).toBe(stacks.size > 0);
        for (const { group, value } of bindings) {
          const kubernetes = world.clusterOf(group);
          const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${String(at(value, 'metadata', 'name'))}`;
          const user = `system:serviceaccount:${String(at(value, 'subjects', '0', 'namespace'))}:${String(at(value, 'subjects', '0', 'name'))}`;
          await mayReview(kubernetes, user, true);
          expect((await kubernetes.request('DELETE', path)).status).toBe(200);
          await mayReview(kubernetes, user, false);
          count('reviewers that may not review', 1);
        }
        for (const { pods, delivery } of mounts) {
          const answer = await world.login(delivery, pods);
          expect([pods.name, answer.status, errorsOf(answer)]).toEqual([pods.name, 403, ['permission denied']]);
        }
        for (const { group, value } of bindings) await world.clusterOf(group).apply(value);
      },
    );
  },
);

test('every example is proven here', () => {
  const there = readdirSync('examples').map(f => f.replace(/\.ts$/, ''));
  expect(Object.keys(EXAMPLES).sort()).toEqual(there.sort());
});

/** Waits until the API server answers as the runbook asks it, by `kubectl auth can-i create tokenreviews --as <user>`. */
async function mayReview(kubernetes: Kubernetes, user: string, expected: boolean): Promise<void> {
  const resourceAttributes = { group: 'authentication.k8s.io', resource: 'tokenreviews', verb: 'create' };
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:serviceaccounts', 'system:authenticated'], resourceAttributes },
  };
  let allowed: unknown;
  for (let i = 0; i < 50 && allowed !== expected; i++) {
    if (i > 0) await new Promise(resolve => setTimeout(resolve, 200));
    const answer = await kubernetes.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body });
    allowed = at(answer.body, 'status', 'allowed');
  }
  expect([user, allowed]).toEqual([user, expected]);
}

/** Paths in Vault that a stack's objects are read at. */
function leftIn(world: World, stack: string): readonly string[] {
  const { engines, authMounts, authConfigs, roles, policies, databaseRoles } = world.printed.chain.model;
  const mine = <T extends { readonly stack: string }>(facts: readonly T[]): readonly T[] =>
    facts.filter(f => f.stack === stack);
  const text = (value: string | { readonly unknown: string }): string => (isKnown(value) ? value : '?');
  return [
    ...mine(engines).map(e => `sys/mounts/${e.path}`),
    ...mine(authMounts).map(m => `sys/auth/${m.path}`),
    ...mine(authConfigs).map(c => `auth/${text(c.mount)}/config`),
    ...mine(roles).map(r => `auth/${text(r.mount)}/role/${text(r.name)}`),
    ...mine(policies).map(p => `sys/policies/acl/${p.policy.name}`),
    ...mine(databaseRoles).map(r => r.path.replace('/creds/', '/roles/')),
    ...connectionsIn(world.printed.stacks.get(stack)),
  ];
}

/** Paths of the database connections that a stack prints. */
function connectionsIn(stack: unknown): readonly string[] {
  const resources = at(stack, 'resource');
  const scope = new References(isRecord(resources) ? resources : {});
  const type = 'vault_database_secret_backend_connection';
  return Object.keys(at(resources, type) ?? {}).map(name => {
    const { backend, name: connection } = scope.resource(type, name);
    const path = scope.text(backend);
    return `${isKnown(path) ? path : '?'}/config/${String(connection)}`;
  });
}

/** What was written, without what differs from mount to mount. */
function dataOf({ body }: { readonly body: unknown }): unknown {
  const text = JSON.stringify(at(body, 'data') ?? null);
  return JSON.parse(text.replace(/"(accessor|uuid)":"[^"]*"/g, '"$1":"-"')) as unknown;
}
