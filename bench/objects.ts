// What all three variants print, as plain data: an ordinary Deployment for each workload, and two secrets for it.

/** One manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [more: string]: unknown };
  readonly [more: string]: unknown;
}

export const SERVER = 'vault';
export const CLUSTER = 'prod';
export const NAMESPACE = 'shop';
export const AUTH = 'kubernetes';
export const KV = 'secret';
export const AUDIENCE = 'vault';
export const ADDRESS = 'https://vault.example.com:8200';
export const ADDRESS_IN_CLUSTER = 'https://vault.vault.svc:8200';
export const KEYS = ['username', 'password'] as const;

export const nameOf = (i: number): string => `service-${i}`;
export const secretOf = (i: number): string => `shop/service-${i}/db`;
export const fileOf = (key: string): string => `/mnt/secrets/${key}`;
export const policyName = (i: number): string => `${AUTH}-${NAMESPACE}-${nameOf(i)}`;
export const roleName = (i: number): string => `${NAMESPACE}-${nameOf(i)}`;

/** The Deployment as its owner writes it; `secrets` adds what the delivery of secrets needs. */
export function deployment(i: number, secrets: boolean): Manifest {
  const name = nameOf(i);
  const labels = { 'app.kubernetes.io/name': name };
  const csi = {
    driver: 'secrets-store.csi.k8s.io',
    readOnly: true,
    volumeAttributes: { secretProviderClass: `${name}-${SERVER}` },
  };
  const container = {
    name: 'main',
    image: `ghcr.io/example/${name}:1.0`,
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'DB_PASSWORD_FILE', value: fileOf('password') }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
    ...(secrets ? { volumeMounts: [{ name: 'vault-secrets', mountPath: '/mnt/secrets', readOnly: true }] } : {}),
  };
  const pod = {
    containers: [container],
    ...(secrets ? { serviceAccountName: name, volumes: [{ name: 'vault-secrets', csi }] } : {}),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...(secrets ? { namespace: NAMESPACE } : {}), labels },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  };
}

/** Everything in the cluster that one workload needs, in the order in which it is to be applied. */
export function workload(i: number): readonly Manifest[] {
  const name = nameOf(i);
  const objects = KEYS.map(
    key =>
      `- objectName: "${key}"\n  secretPath: "${KV}/data/${secretOf(i)}"\n  secretKey: "${key}"\n  filePermission: 0444\n`,
  ).join('');
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: NAMESPACE },
      automountServiceAccountToken: false,
    },
    {
      apiVersion: 'secrets-store.csi.x-k8s.io/v1',
      kind: 'SecretProviderClass',
      metadata: {
        name: `${name}-${SERVER}`,
        namespace: NAMESPACE,
        annotations: { 'vault-cdk/stack': SERVER },
      },
      spec: {
        provider: 'vault',
        parameters: {
          vaultAddress: ADDRESS_IN_CLUSTER,
          vaultCACertPath: '/vault/tls/ca.crt',
          vaultAuthMountPath: AUTH,
          roleName: roleName(i),
          audience: AUDIENCE,
          objects,
        },
      },
    },
    deployment(i, true),
  ];
}

/** What the cluster has once. */
export const platform: readonly Manifest[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'vault:kubernetes:reviewer:vault:vault' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'vault', namespace: 'vault' }],
  },
];

export const policyText = (i: number): string =>
  `# read ${secretOf(i)}\npath "${KV}/data/${secretOf(i)}" {\n  capabilities = ["read"]\n}\n`;
