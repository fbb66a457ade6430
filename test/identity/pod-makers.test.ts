import { ApiObject, Chart, Cron, JsonPatch, Testing } from 'cdk8s';
import { CronJob, DaemonSet, Deployment, Job, Pod, StatefulSet } from 'cdk8s-plus-28';
import type { IConstruct } from 'constructs';
import fc from 'fast-check';
import { toFile, Workload } from 'vault-cdk';
import { changePod } from '../../src/workload/pod';
import { refusal } from '../support/said';
import { world } from '../support/world';

type Json = Record<string, unknown>;

const CONTAINERS = [{ name: 'main', image: 'ghcr.io/example/api:1.0' }];
const containers = [{ image: 'ghcr.io/example/api:1.0' }];
const template = { metadata: { labels: { app: 'api' } }, spec: { containers: CONTAINERS } };
const selector = { matchLabels: { app: 'api' } };
const raw = (apiVersion: string, kind: string, rest: Json) => (chart: Chart) =>
  new ApiObject(chart, 'api', { apiVersion, kind, metadata: { name: 'api' }, ...rest });

const TEMPLATE = ['spec', 'template', 'spec'];

/** Everything that makes pods: how it is made, and where its pod spec is. */
const MAKERS: readonly (readonly [name: string, make: (chart: Chart) => IConstruct, way: readonly string[]])[] = [
  ['cdk8s-plus Deployment', c => new Deployment(c, 'api', { containers }), TEMPLATE],
  [
    'cdk8s-plus StatefulSet',
    c => new StatefulSet(c, 'api', { containers: [{ image: 'ghcr.io/example/api:1.0', portNumber: 8080 }] }),
    TEMPLATE,
  ],
  ['cdk8s-plus DaemonSet', c => new DaemonSet(c, 'api', { containers }), TEMPLATE],
  ['cdk8s-plus Job', c => new Job(c, 'api', { containers }), TEMPLATE],
  [
    'cdk8s-plus CronJob',
    c => new CronJob(c, 'api', { containers, schedule: Cron.daily() }),
    ['spec', 'jobTemplate', ...TEMPLATE],
  ],
  ['cdk8s-plus Pod', c => new Pod(c, 'api', { containers }), ['spec']],
  ['raw Deployment', raw('apps/v1', 'Deployment', { spec: { selector, template } }), TEMPLATE],
  ['raw StatefulSet', raw('apps/v1', 'StatefulSet', { spec: { selector, serviceName: 'api', template } }), TEMPLATE],
  ['raw DaemonSet', raw('apps/v1', 'DaemonSet', { spec: { selector, template } }), TEMPLATE],
  ['raw ReplicaSet', raw('apps/v1', 'ReplicaSet', { spec: { selector, template } }), TEMPLATE],
  ['raw ReplicationController', raw('v1', 'ReplicationController', { spec: { template } }), TEMPLATE],
  ['raw Job', raw('batch/v1', 'Job', { spec: { template } }), TEMPLATE],
  [
    'raw CronJob',
    raw('batch/v1', 'CronJob', { spec: { schedule: '@daily', jobTemplate: { spec: { template } } } }),
    ['spec', 'jobTemplate', ...TEMPLATE],
  ],
  ['raw Pod', raw('v1', 'Pod', { spec: { containers: CONTAINERS } }), ['spec']],
  ['raw PodTemplate', raw('v1', 'PodTemplate', { template }), ['template', 'spec']],
  ['Argo Rollout', raw('argoproj.io/v1alpha1', 'Rollout', { spec: { selector, template } }), TEMPLATE],
  ['Knative Service', raw('serving.knative.dev/v1', 'Service', { spec: { template } }), TEMPLATE],
  ['whatever else has a pod template', raw('example.com/v1', 'Fleet', { spec: { template } }), TEMPLATE],
];

const at = (value: unknown, way: readonly string[]): unknown => way.reduce((v, key) => (v as Json)[key], value);
const podOf = (chart: Chart, kind: string, way: readonly string[], print: (c: Chart) => unknown[]) =>
  at(
    print(chart).find(o => (o as Json)['kind'] === kind),
    way,
  );

const GIVEN = {
  serviceAccountName: 'api',
  volumes: [
    {
      name: 'vault-secrets',
      csi: { driver: 'secrets-store.csi.k8s.io', volumeAttributes: { secretProviderClass: 'api-vault' } },
    },
  ],
  containers: [{ name: 'main', volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true }] }],
};

describe.each(MAKERS)('%s', (_, make, way) => {
  function made(late = false) {
    const w = world();
    const { password } = w.kv.secret('shop/db', { keys: ['password'] }).fields;
    const pods = make(w.shop);
    const object = ApiObject.isApiObject(pods) ? pods : ApiObject.of(pods);
    const patch = () => object.addJsonPatch(JsonPatch.add('/metadata/annotations', { mine: 'kept' }));
    if (!late) patch();
    const workload = Workload.of(pods, { auth: w.auth });
    workload.consume(password, toFile('/mnt/secrets/password'));
    if (late) patch();
    return { ...w, pods, object, workload, password };
  }

  test('runs as the account and mounts the volume, in what the app prints', () => {
    const { app, object } = made();
    const { documents } = app.judge().printOut;
    const printed = documents.find(d => d.value['kind'] === object.kind && d.format === 'kubernetes')?.value;

    expect(at(printed, way)).toMatchObject(GIVEN);
    expect(app.judge().findings.filter(f => f.severity === 'error')).toEqual([]);
  });

  test('prints the same by chart.toJson() and by Testing.synth(), twice', () => {
    const { app, object, shop } = made();
    const printed = app
      .judge()
      .printOut.documents.filter(d => d.origin.file === 'prod/shop.k8s.yaml')
      .map(d => d.value);
    const byName = (all: readonly unknown[]) =>
      [...all].sort((a, b) => JSON.stringify(at(a, ['kind'])).localeCompare(JSON.stringify(at(b, ['kind']))));

    for (const print of [(c: Chart) => c.toJson() as unknown[], (c: Chart) => Testing.synth(c) as unknown[]]) {
      expect(podOf(shop, object.kind, way, print)).toMatchObject(GIVEN);
      expect(byName(print(shop))).toEqual(byName(printed));
    }
  });

  test('keeps its own JSON patches, whether they were added before or after', () => {
    for (const late of [false, true])
      expect(made(late).object.toJson()).toMatchObject({ metadata: { annotations: { mine: 'kept' } } });
  });

  test('is one workload, whoever asks again, and its pods are changed once', () => {
    const { auth, object, pods, workload, password } = made();
    const before: unknown = object.toJson();

    expect(Workload.of(pods, { auth })).toBe(workload);
    expect(Workload.of(object, { auth })).toBe(workload);
    workload.consume(password, toFile('/mnt/secrets/password'));
    expect(object.toJson()).toEqual(before);
  });

  test('does not change its command, its image or its arguments', () => {
    const { object } = made();
    const plain = make(new Chart(world().app, 'plain', { namespace: 'shop' }));
    const original: unknown = (ApiObject.isApiObject(plain) ? plain : ApiObject.of(plain)).toJson();
    const container = (o: unknown) => (at(o, way) as { readonly containers: readonly Json[] }).containers[0]!;
    const { volumeMounts: _, ...rest } = container(object.toJson());

    expect(rest).toEqual(Object.fromEntries(Object.entries(container(original)).filter(([k]) => k !== 'volumeMounts')));
  });
});

describe('a pod with several containers', () => {
  function spec(options: { readonly container?: string; readonly containers?: readonly string[] }) {
    const { auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const several = ['main', 'proxy', 'metrics'].map(name => ({ name, image: `ghcr.io/example/${name}:1.0` }));
    const initContainers = [{ name: 'migrate', image: 'ghcr.io/example/migrate:1.0' }];
    const pods = new ApiObject(shop, 'api', {
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { containers: several, initContainers },
    });
    Workload.of(pods, { auth, ...options }).consume(password, toFile('/mnt/secrets/password'));
    const { containers: all, initContainers: init } = (pods.toJson() as { spec: Record<string, readonly Json[]> }).spec;
    return [...all!, ...init!].filter(c => 'volumeMounts' in c).map(c => c['name']);
  }

  test.each([
    [{ container: 'proxy' }, ['proxy']],
    [{ container: 'migrate' }, ['migrate']],
    [{ containers: ['main', 'migrate'] }, ['main', 'migrate']],
    [{ container: 'main', containers: ['metrics', 'main'] }, ['main', 'metrics']],
  ])('gives %j the secrets, and no other', (options, readers) => {
    expect(spec(options)).toEqual(readers);
  });

  test.each([
    [{}, 'the pod has several containers, and nothing says which of them read the secrets'],
    [{ containers: [] }, 'the pod has several containers, and nothing says which of them read the secrets'],
    [{ containers: ['main', 'other'] }, 'the pod has no container of this name'],
  ])('is refused with %j', (options, problem) => {
    expect(refusal(() => spec(options))[0]).toBe(`${problem} [workload/container]`);
  });
});

test('changing a pod twice is changing it once, adds only what was asked for, and touches no manifest that was passed in', () => {
  const name = fc.stringMatching(/^[a-z]{1,6}$/);
  const entry = fc.record({ name: name.map(n => `own-${n}`), emptyDir: fc.constant({}) });
  const container = fc.record({ name, image: name, args: fc.array(name, { maxLength: 2 }) });
  const spec = fc.record({
    containers: fc.uniqueArray(container, { minLength: 1, maxLength: 4, selector: c => c.name }),
    volumes: fc.uniqueArray(entry, { maxLength: 3, selector: v => v.name }),
  });
  const patch = {
    volumes: [{ name: 'v', csi: {} }],
    volumeMounts: [{ name: 'v', mountPath: '/mnt', readOnly: true }],
    env: [{ name: 'E', value: 'e' }],
  };
  fc.assert(
    fc.property(spec, fc.nat(), (pod, i) => {
      const manifest = { apiVersion: 'v1', kind: 'Pod', spec: pod };
      const before = structuredClone(manifest);
      const reader = pod.containers[i % pod.containers.length]!.name;
      const change = { serviceAccount: 'api', containers: [reader], patch, at: 'here' };
      const once = changePod(manifest, change);

      expect(changePod(once, change)).toEqual(once);
      expect(manifest).toEqual(before);
      expect(once).toEqual({
        ...before,
        spec: {
          serviceAccountName: 'api',
          volumes: [...pod.volumes, ...patch.volumes],
          containers: pod.containers.map(c =>
            c.name === reader ? { ...c, volumeMounts: patch.volumeMounts, env: patch.env } : c,
          ),
        },
      });
    }),
  );
});
