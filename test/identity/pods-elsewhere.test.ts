import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ApiObject } from 'cdk8s';
import { CsiDelivery, toEnv, toFile, type PodsElsewhere, Workload } from 'vault-cdk';
import { filesBelow } from '../../src/core/files-below';
import { checked } from '../support/folder';
import { PLAINTEXT_IN_ETCD, world } from '../support/world';

type Json = Record<string, unknown>;

const kubectl = spawnSync('kubectl', ['kustomize', '--help']).status === 0;
const testWithKubectl = kubectl ? test : test.skip;

const place = mkdtempSync(join(tmpdir(), 'vault-cdk-pods-'));
afterAll(() => rmSync(place, { recursive: true }));

/** The world with pods that are described elsewhere and read a password, from a file and as a variable. */
function elsewhere(pods?: PodsElsewhere) {
  const made = world({ delivery: new CsiDelivery({ plaintextInEtcd: PLAINTEXT_IN_ETCD }) });
  const workload = new Workload(made.auth, 'api', { namespace: 'shop', ...(pods ? { pods } : {}) });
  const { password, username } = made.kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
  workload.consume(password, toFile('/mnt/secrets/password'));
  workload.consume(username, toEnv('DB_USERNAME'));
  workload.keepTokenIn('/var/run/vault/token');
  return { ...made, workload };
}

/** What Workload.of makes of an object in the app, of the same workload. */
function inApp(manifest: Json, containers: readonly string[]): unknown {
  const { auth, kv, shop } = world({ delivery: new CsiDelivery({ plaintextInEtcd: PLAINTEXT_IN_ETCD }) });
  const pods = new ApiObject(shop, 'api', structuredClone(manifest) as { apiVersion: string; kind: string });
  const workload = Workload.of(pods, { auth, containers, serviceAccount: 'api' });
  const { password, username } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
  workload.consume(password, toFile('/mnt/secrets/password'));
  workload.consume(username, toEnv('DB_USERNAME'));
  workload.keepTokenIn('/var/run/vault/token');
  return pods.toJson();
}

const CONTAINERS = [
  {
    name: 'main',
    image: 'ghcr.io/example/api:1.0',
    command: ['/api'],
    env: [{ name: 'LEVEL', value: 'info' }],
    volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
  },
  { name: 'proxy', image: 'ghcr.io/example/proxy:1.0' },
];
const POD = {
  containers: CONTAINERS,
  initContainers: [{ name: 'migrate', image: 'ghcr.io/example/migrate:1.0' }],
  volumes: [{ name: 'cache', emptyDir: {} }],
};
const template = { metadata: { labels: { app: 'api' } }, spec: POD };
const selector = { matchLabels: { app: 'api' } };

const KINDS: readonly (readonly [kind: NonNullable<PodsElsewhere['kind']>, apiVersion: string, spec: Json])[] = [
  ['Deployment', 'apps/v1', { selector, template }],
  ['StatefulSet', 'apps/v1', { selector, serviceName: 'api', template }],
  ['DaemonSet', 'apps/v1', { selector, template }],
  ['ReplicaSet', 'apps/v1', { selector, template }],
  ['Job', 'batch/v1', { template }],
  ['CronJob', 'batch/v1', { schedule: '@daily', jobTemplate: { spec: { template } } }],
  ['Pod', 'v1', POD],
];

/** Kustomize puts what it adds before what is there, Workload.of after it; in these lists the order says nothing. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const text = (v: unknown) => (typeof v === 'object' ? JSON.stringify(Object.entries(v as object).sort()) : '');
    return value.map(unordered).sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unordered(v)]));
}

/** Applies the printed component to one manifest, as a team has it in a base of its own. */
function kustomized(
  name: string,
  manifest: Json,
  pods: ReadonlyMap<string, string>,
): { status: number | null; out: unknown; err: string } {
  const folder = join(place, name);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of pods) write(`pods/${path}`, text);
  write('base/api.yaml', stringify(manifest));
  const kustomization = { namespace: 'shop', resources: ['api.yaml'], components: ['../pods/prod/shop/api/vault'] };
  write('base/kustomization.yaml', stringify(kustomization));
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(folder, 'base')], { encoding: 'utf8' });
  return { status, out: parse(stdout), err: stderr };
}

describe('the component of Kustomize', () => {
  testWithKubectl.each(KINDS)(
    'gives a %s the very pods that Workload.of() would (needs kubectl)',
    (kind, apiVersion, spec) => {
      const manifest = { apiVersion, kind, metadata: { name: 'web' }, spec };
      const { app } = elsewhere({ kind, name: 'web', containers: ['main'], initContainers: ['migrate'] });
      const { status, out, err } = kustomized(kind, manifest, app.judge().printOut.pods);
      const expected = inApp({ ...manifest, metadata: { name: 'web', namespace: 'shop' } }, ['main', 'migrate']);

      expect([status, err]).toEqual([0, '']);
      expect(unordered(out)).toEqual(unordered(expected));
    },
  );

  testWithKubectl('changes no pods by mistake: a name that is not there is an error (needs kubectl)', () => {
    const manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'other' }, spec: { template } };
    const { status, err } = kustomized('missing', manifest, elsewhere().app.judge().printOut.pods);

    expect(status).not.toBe(0);
    expect(err).toContain('no matches for Id Deployment.v1.apps/api.[noNs]');
  });

  testWithKubectl('finds an object that states its namespace, where that is said (needs kubectl)', () => {
    const metadata = { name: 'web', namespace: 'shop' };
    const manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector, template } };
    const stated = { name: 'web', containers: ['main'] };
    const without = kustomized('without', manifest, elsewhere(stated).app.judge().printOut.pods);
    const said = kustomized(
      'with',
      manifest,
      elsewhere({ ...stated, statesNamespace: true }).app.judge().printOut.pods,
    );

    expect([without.status, said.status, said.err]).toEqual([1, 0, '']);
    expect(unordered(said.out)).toEqual(unordered(inApp(manifest, ['main'])));
  });

  test('is for a Deployment and a container of the name of the account, where nothing is said', () => {
    const { app } = elsewhere();
    const { pods } = app.judge().printOut;
    const component = parse(pods.get('prod/shop/api/vault/kustomization.yaml') ?? '') as {
      readonly kind: string;
      readonly patches: readonly { readonly patch: string }[];
    };

    expect(component.kind).toBe('Component');
    expect(component.patches.map(p => parse(p.patch) as unknown)).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'api' },
        spec: {
          template: {
            spec: {
              serviceAccountName: 'api',
              volumes: [
                {
                  name: 'vault-secrets',
                  csi: {
                    driver: 'secrets-store.csi.k8s.io',
                    readOnly: true,
                    volumeAttributes: { secretProviderClass: 'api-vault' },
                  },
                },
                {
                  name: 'vault-token',
                  projected: {
                    sources: [{ serviceAccountToken: { audience: 'vault', expirationSeconds: 3600, path: 'token' } }],
                  },
                },
              ],
              containers: [
                {
                  name: 'api',
                  volumeMounts: [
                    { name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true },
                    { name: 'vault-token', mountPath: '/var/run/vault', readOnly: true },
                  ],
                  env: [
                    {
                      name: 'DB_USERNAME',
                      valueFrom: { secretKeyRef: { name: 'api-vault-env', key: 'DB_USERNAME' } },
                    },
                  ],
                },
              ],
            },
          },
        },
      },
    ]);
  });
});

describe('the values of Helm', () => {
  const values = (pods?: PodsElsewhere) =>
    parse(elsewhere(pods).app.judge().printOut.pods.get('prod/shop/api/vault/values.yaml') ?? '') as Json;

  test('are what the pods need, under the keys of a chart that `helm create` made', () => {
    const { volumes, volumeMounts, env } = elsewhere().workload.podPatch();

    expect(values()).toEqual({ serviceAccount: { create: false, name: 'api' }, volumes, volumeMounts, env });
  });

  test('stand under the keys that the chart reads, in a chart of charts too', () => {
    const { volumes, volumeMounts, env } = elsewhere().workload.podPatch();
    const helm = {
      serviceAccount: 'web.serviceAccount',
      volumes: 'web.extraVolumes',
      volumeMounts: 'web.extraVolumeMounts',
      env: 'extraEnvVars',
    };

    expect(values({ helm })).toEqual({
      web: {
        serviceAccount: { create: false, name: 'api' },
        extraVolumes: volumes,
        extraVolumeMounts: volumeMounts,
      },
      extraEnvVars: env,
    });
  });
});

test('the values leave it to the chart to make the account, where the app does not', () => {
  const workload = new Workload(world().auth, 'api', { namespace: 'shop', createServiceAccount: false });

  expect(workload.helmValues()).toEqual({ serviceAccount: { name: 'api' } });
});

describe('where they land', () => {
  function synthesized(name: string, build: (folder: string) => void): readonly string[] {
    const [folder, before] = [join(place, name), process.cwd()];
    mkdirSync(folder, { recursive: true });
    process.chdir(folder);
    try {
      build(folder);
    } finally {
      process.chdir(before);
    }
    return filesBelow(folder).map(f => f.slice(folder.length + 1));
  }

  test('beside the manifests and not among them, so that applying a cluster applies none of them', () => {
    const files = synthesized('beside', () => elsewhere().app.synth());

    expect(files.filter(f => !f.startsWith('cdktf.out'))).toEqual([
      'dist/prod/platform.k8s.yaml',
      'dist/prod/shop-vault.k8s.yaml',
      'dist/prod/shop.k8s.yaml',
      'pods/prod/shop/api/vault/kustomization.yaml',
      'pods/prod/shop/api/vault/values.yaml',
    ]);
    const list = JSON.parse(readFileSync(join(place, 'beside/cdktf.out.files.json'), 'utf8')) as Json;
    expect(list['pods']).toEqual(['prod/shop/api/vault/kustomization.yaml', 'prod/shop/api/vault/values.yaml']);
  });

  test('nowhere, where all pods are in the app; and what is stale goes, but nothing of others', () => {
    const files = synthesized('stale', folder => {
      elsewhere().app.synth();
      writeFileSync(join(folder, 'pods/mine.yaml'), 'mine: true\n');
      world().app.synth();
    });

    expect(files.filter(f => f.startsWith('pods'))).toEqual(['pods/mine.yaml']);
    expect(existsSync(join(place, 'stale/pods/prod'))).toBe(false);
    expect(synthesized('never', () => world().app.synth()).filter(f => f.startsWith('pods'))).toEqual([]);
  });

  test('and nothing that reads manifests takes them for some', () => {
    const { pods, kubernetes } = elsewhere().app.judge().printOut;
    const files = Object.fromEntries([...pods, ...kubernetes].map(([path, text]) => [path, text]));

    expect(checked(files).filter(f => f.origin.file.includes('kustomization'))).toEqual([]);
  });
});
