import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import {
  CsiDelivery,
  type KubernetesAuthProps,
  OnChange,
  toEnv,
  toFile,
  toKubernetesSecret,
  Workload,
} from 'vault-cdk';
import { podSpec, printed, providerClass } from '../support/printed';
import { PLAINTEXT_IN_ETCD, deployment, world, worldWithApi } from '../support/world';

const PLAIN: Partial<KubernetesAuthProps> = {
  delivery: new CsiDelivery({
    plaintextInEtcd: PLAINTEXT_IN_ETCD,
  }),
};
const MOUNT = { name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true };
const container = (name: string) => ({ name, image: `ghcr.io/example/${name}:1.0` });

describe('the volume', () => {
  test('is inline, read only, of the driver, and sets nothing but the name of the SecretProviderClass', () => {
    expect(podSpec(worldWithApi().app).volumes).toEqual([
      {
        name: 'vault-secrets',
        csi: {
          driver: 'secrets-store.csi.k8s.io',
          readOnly: true,
          volumeAttributes: { secretProviderClass: 'api-vault' },
        },
      },
    ]);
  });

  test('is mounted once for each folder of files, whole and without a subPath', () => {
    const { app, api, kv } = worldWithApi();
    const { key } = kv.secret('shop/session', { keys: ['key'] }).fields;
    api.consume(key, toFile('/mnt/session/web/key'));
    api.consume(key, toFile('/mnt/secrets/session/key'));

    expect(podSpec(app).volumes).toHaveLength(1);
    expect(podSpec(app).containers[0]?.['volumeMounts']).toEqual([
      MOUNT,
      { name: 'vault-secrets', mountPath: '/mnt/session/web', readOnly: true },
    ]);
    expect(providerClass(app).objects.map(o => o['objectName'])).toEqual(['password', 'key', 'session/key']);
  });

  test('holds a value once that lies in two folders under one name', () => {
    const { app, api, password } = worldWithApi();
    api.consume(password, toFile('/mnt/other/password'));

    expect(providerClass(app).objects.map(o => o['objectName'])).toEqual(['password']);
  });

  test('is mounted at /mnt/secrets where no file says otherwise', () => {
    const { app, auth, kv, shop } = world(PLAIN);
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    Workload.of(deployment(shop, 'api'), { auth }).consume(password, toEnv('DB_PASSWORD'));

    expect(podSpec(app).containers[0]?.['volumeMounts']).toEqual([MOUNT]);
  });
});

describe('several containers', () => {
  test('get what they read, init containers too, each in its own folders', () => {
    const { app, auth, kv, shop } = world(PLAIN);
    const { username, password } = kv.secret('shop/db', { keys: ['username', 'password'] }).fields;
    const pods = deployment(shop, 'api', {
      containers: [container('main'), container('proxy')],
      initContainers: [container('migrate')],
    });
    const api = Workload.of(pods, { auth, container: 'main' });
    api.consume(username, toFile('/mnt/secrets/username'));
    api.consume(password, toFile('/mnt/migrate/password'), { containers: ['migrate', 'proxy'] });
    api.consume(password, toEnv('DB_PASSWORD'), { containers: ['migrate'] });

    const spec = podSpec(app);
    const migrate = { name: 'vault-secrets', mountPath: '/mnt/migrate', readOnly: true };
    expect(
      [...spec.containers, ...(spec.initContainers ?? [])].map(c => [c['name'], c['volumeMounts'], c['env']]),
    ).toEqual([
      ['main', [MOUNT], undefined],
      ['proxy', [migrate], undefined],
      [
        'migrate',
        [migrate],
        [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'api-vault-env', key: 'DB_PASSWORD' } } }],
      ],
    ]);
  });
});

describe('the path of a file', () => {
  test('enters arguments and variables from where it is typed once', () => {
    const { app, auth, kv, shop } = world();
    const { password } = kv.secret('shop/db', { keys: ['password'] }).fields;
    const pods = new kplus.Deployment(shop, 'api');
    const api = Workload.of(pods, { auth });
    api.consume(password, toFile('/mnt/secrets/db/password'));
    const same = kv.secret('shop/db', { keys: ['password'] }).fields.password;
    pods.addContainer({
      image: 'ghcr.io/example/api:1.0',
      args: ['--password-file', api.pathOf(password)],
      envVariables: { DB_PASSWORD_FILE: kplus.EnvValue.fromValue(api.pathOf(same)) },
    });

    expect(podSpec(app).containers[0]).toMatchObject({
      args: ['--password-file', '/mnt/secrets/db/password'],
      env: [{ name: 'DB_PASSWORD_FILE', value: '/mnt/secrets/db/password' }],
      volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets/db', readOnly: true }],
    });
  });
});

describe('Kubernetes Secrets', () => {
  test('are filled with what is asked for, value by value, of every type, with labels and annotations', () => {
    const { app, api, kv } = worldWithApi(PLAIN);
    const { crt, key, config, username, password } = kv.secret('shop/all', {
      keys: ['crt', 'key', 'config', 'username', 'password'],
    }).fields;
    const tls = { type: 'kubernetes.io/tls' } as const;
    const basic = { type: 'kubernetes.io/basic-auth', annotations: { note: 'for git' } } as const;
    api.consume(crt, toKubernetesSecret('tls', { key: 'tls.crt', ...tls, labels: { tier: 'web' } }));
    api.consume(key, toKubernetesSecret('tls', { key: 'tls.key', ...tls, labels: { app: 'shop' } }));
    api.consume(
      config,
      toKubernetesSecret('pull', { key: '.dockerconfigjson', type: 'kubernetes.io/dockerconfigjson' }),
    );
    api.consume(username, toKubernetesSecret('git', { key: 'username', ...basic }));
    api.consume(password, toKubernetesSecret('git', { key: 'password', ...basic }));
    api.consume(key, toKubernetesSecret('plain', { key: 'key' }));

    const { objects, secretObjects } = providerClass(app);
    const file = (secret: string, k: string) => ({ objectName: `.kubernetes-secrets/${secret}/${k}`, key: k });
    expect(secretObjects).toEqual([
      {
        secretName: 'tls',
        type: 'kubernetes.io/tls',
        labels: { app: 'shop', tier: 'web' },
        data: [file('tls', 'tls.crt'), file('tls', 'tls.key')],
      },
      { secretName: 'pull', type: 'kubernetes.io/dockerconfigjson', data: [file('pull', '.dockerconfigjson')] },
      {
        secretName: 'git',
        type: 'kubernetes.io/basic-auth',
        annotations: { note: 'for git' },
        data: [file('git', 'username'), file('git', 'password')],
      },
      { secretName: 'plain', type: 'Opaque', data: [file('plain', 'key')] },
    ]);
    const names = objects.map(o => o['objectName']);
    const synced = secretObjects?.flatMap(s => (s['data'] as readonly { objectName: string }[]).map(d => d.objectName));
    expect(synced?.filter(name => !names.includes(name))).toEqual([]);
    // What is not asked for stays a file: the list is that of the calls, not of the SecretProviderClass.
    expect(names).toContain('password');
    expect(synced).not.toContain('password');
  });

  test('are no part of a SecretProviderClass whose workload reads files only', () => {
    expect(printed(worldWithApi().app, 'SecretProviderClass')[0]?.['spec']).not.toHaveProperty('secretObjects');
  });

  test('reach the environment one by one or whole, and always in pods that mount the volume [CSI-15]', () => {
    const { app, auth, kv, shop } = world(PLAIN);
    const { username, password, key } = kv.secret('shop/db', { keys: ['username', 'password', 'key'] }).fields;
    const api = Workload.of(deployment(shop, 'api'), { auth });
    api.consume(username, toEnv('username', { keyOf: 'db-creds', envFrom: true }));
    api.consume(password, toEnv('password', { keyOf: 'db-creds', envFrom: true }));
    api.consume(key, toEnv('API_KEY', { keyOf: 'webapp-secrets' }));
    api.consume(key, toEnv('KEY'));

    const { containers, volumes } = podSpec(app);
    expect(containers[0]).toMatchObject({
      envFrom: [{ secretRef: { name: 'db-creds' } }],
      env: [
        { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'webapp-secrets', key: 'API_KEY' } } },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'api-vault-env', key: 'KEY' } } },
      ],
      volumeMounts: [MOUNT],
    });
    expect(volumes).toHaveLength(1);
    const filled = providerClass(app).secretObjects?.map(s => [
      s['secretName'],
      (s['data'] as readonly { key: string }[]).map(d => d.key),
    ]);
    expect(filled).toEqual([
      ['db-creds', ['username', 'password']],
      ['webapp-secrets', ['API_KEY']],
      ['api-vault-env', ['KEY']],
    ]);
  });
});

describe('a process is told of a new value', () => {
  const image = 'docker.io/library/busybox:1.37';
  const user = { securityContext: { runAsUser: 1000, runAsGroup: 2000 } };
  const nginx = OnChange.signal('SIGHUP', { process: 'nginx', image });

  test('by one small container that sees the files and the processes, and runs as the same user', () => {
    const { app, auth, kv, shop } = world();
    const { crt, key } = kv.secret('shop/tls', { keys: ['crt', 'key'] }).fields;
    const web = Workload.of(deployment(shop, 'api', user), { auth, onChange: nginx });
    web.consume(crt, toFile('/mnt/secrets/tls.crt'));
    web.consume(key, toFile('/mnt/secrets/tls.key'));

    const { containers, ...spec } = podSpec(app);
    expect(spec['shareProcessNamespace']).toBe(true);
    expect(containers.map(c => c['name'])).toEqual(['main', 'hup-nginx']);
    expect({ ...containers[1], command: (containers[1]?.['command'] as string[]).slice(0, 2) }).toEqual({
      name: 'hup-nginx',
      image,
      command: ['sh', '-c'],
      args: ['nginx', '10', '0', '/mnt/secrets/tls.crt', '/mnt/secrets/tls.key'],
      volumeMounts: [MOUNT],
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 2000,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
  });

  test('by another one for another signal; with a variable, after the Kubernetes Secret has followed', () => {
    const { app, auth, kv, shop } = world(PLAIN);
    const { crt, key } = kv.secret('shop/tls', { keys: ['crt', 'key'] }).fields;
    const web = Workload.of(deployment(shop, 'api', { securityContext: { runAsUser: 0 } }), { auth });
    web.consume(crt, toFile('/mnt/secrets/tls.crt', { mode: 0o400 }), { onChange: nginx });
    web.consume(key, toEnv('KEY'), { onChange: OnChange.restart({ process: 'my_app.1', image }) });

    const { containers } = podSpec(app);
    expect(containers.map(c => [c['name'], c['args']])).toEqual([
      ['main', undefined],
      ['hup-nginx', ['nginx', '10', '0', '/mnt/secrets/tls.crt']],
      ['restart-my-app-1', ['my_app.1', '10', '30', '/mnt/secrets/.kubernetes-secrets/api-vault-env/KEY']],
    ]);
  });

  test('by none in a Job, which would never end, and by none where the application looks itself', () => {
    const { app, auth, kv, shop } = world();
    const { crt } = kv.secret('shop/tls', { keys: ['crt'] }).fields;
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [container('main')] } } };
    const job = new ApiObject(shop, 'job', { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job' }, spec });
    Workload.of(job, { auth, onChange: nginx }).consume(crt, toFile('/mnt/secrets/tls.crt'));
    Workload.of(deployment(shop, 'api'), { auth, onChange: OnChange.watchesFile() }).consume(
      crt,
      toFile('/mnt/secrets/tls.crt'),
    );

    expect([podSpec(app, 'Job'), podSpec(app)].map(s => [s.containers.length, s['shareProcessNamespace']])).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
  });
});
