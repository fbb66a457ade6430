import { type Finding, findingText } from 'vault-cdk';
import { checked } from './folder';

/** Kubernetes manifests as a team writes them by hand: values of a KV engine, credentials of a database, a certificate. */
const MANIFESTS = `apiVersion: v1
kind: ServiceAccount
metadata: { name: api, namespace: shop }
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata:
  name: db
  namespace: shop
spec:
  provider: vault
  parameters:
    vaultAddress: https://vault.example.com:8200
    vaultCACertPath: /vault/tls/ca.crt
    vaultAuthMountPath: kubernetes
    roleName: shop-api
    audience: vault
    objects: |
      - objectName: username
        secretPath: database/creds/shop
        secretKey: username
      - objectName: password
        secretPath: database/creds/shop
        secretKey: password
      - objectName: keys/api
        secretPath: secret/data/shop/api
        secretKey: key
        filePermission: 0444
        encoding: base64
  secretObjects:
    - secretName: api-env
      type: Opaque
      data:
        - objectName: keys/api
          key: API_KEY
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata:
  name: tls
  namespace: shop
spec:
  provider: vault
  parameters:
    vaultKubernetesMountPath: kubernetes
    vaultSkipTLSVerify: "false"
    roleName: shop-api
    audience: vault
    objects: |
      - objectName: tls.crt
        secretPath: /v1/pki/issue/web
        secretKey: certificate
        method: PUT
        secretArgs: { common_name: api.example.com }
      - objectName: tls.key
        secretPath: /v1/pki/issue/web
        secretKey: private_key
        method: PUT
        secretArgs: { common_name: api.example.com }
  secretObjects:
    - secretName: api-tls
      type: kubernetes.io/tls
      data:
        - { objectName: tls.crt, key: tls.crt }
        - { objectName: tls.key, key: tls.key }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  selector:
    matchLabels: { app: api }
  template:
    metadata:
      labels: { app: api }
      annotations:
        prometheus.io/scrape: "true"
    spec:
      serviceAccountName: api
      nodeSelector:
        kubernetes.io/os: linux
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
      initContainers:
        - name: migrate
          image: ghcr.io/example/migrate:1.0
          volumeMounts:
            - { name: db, mountPath: /mnt/db, readOnly: true }
      containers:
        - name: main
          image: ghcr.io/example/api:1.0
          env:
            - name: API_KEY
              valueFrom:
                secretKeyRef: { name: api-env, key: API_KEY }
          envFrom:
            - configMapRef: { name: settings }
          volumeMounts:
            - name: db
              mountPath: /mnt/db
              readOnly: true
            - name: tls
              mountPath: /mnt/tls
              readOnly: true
            - name: cache
              mountPath: /var/cache/api
      volumes:
        - name: db
          csi:
            driver: secrets-store.csi.k8s.io
            readOnly: true
            volumeAttributes:
              secretProviderClass: db
        - name: tls
          csi:
            driver: secrets-store.csi.k8s.io
            readOnly: true
            volumeAttributes:
              secretProviderClass: tls
        - name: cache
          emptyDir: {}
`;

const POLICY = `path "database/creds/shop" {
  capabilities = ["read"]
}
path "secret/data/shop/api" {
  capabilities = ["read"]
}
path "pki/issue/web" {
  capabilities = ["create", "update"]
}
path "sys/leases/renew" {
  capabilities = ["update"]
}
`;

/** The Terraform of the same team, as JSON. */
const TERRAFORM = `${JSON.stringify(
  {
    resource: {
      vault_auth_backend: { kubernetes: { type: 'kubernetes', path: 'kubernetes' } },
      vault_database_secret_backend_role: {
        shop: { backend: '${vault_mount.database.path}', name: 'shop', db_name: 'shop', max_ttl: 28800 },
      },
      vault_kubernetes_auth_backend_config: {
        kubernetes: {
          backend: '${vault_auth_backend.kubernetes.path}',
          kubernetes_host: 'https://kubernetes.default.svc:443',
          disable_iss_validation: true,
        },
      },
      vault_kubernetes_auth_backend_role: {
        api: {
          backend: '${vault_auth_backend.kubernetes.path}',
          role_name: 'shop-api',
          bound_service_account_names: ['api'],
          bound_service_account_namespaces: ['shop'],
          audience: 'vault',
          token_policies: ['${vault_policy.api.name}'],
          token_no_default_policy: true,
          token_ttl: 3600,
          token_max_ttl: 28800,
        },
      },
      vault_mount: {
        database: { path: 'database', type: 'database' },
        pki: { path: 'pki', type: 'pki' },
        secret: { path: 'secret', type: 'kv', options: { version: '2' } },
      },
      vault_policy: { api: { name: 'shop-api', policy: POLICY } },
    },
  },
  null,
  2,
)}\n`;

/** A change of one place: a text that is there once, and what stands there instead. */
export type Edit = readonly [from: string, to: string];

/** The bundle with changes, by file. A text that is not there exactly once is a fault of the test. */
export function bundle(...edits: readonly Edit[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = { 'prod/shop.yaml': MANIFESTS, 'stacks/vault/cdk.tf.json': TERRAFORM };
  for (const [from, to] of edits) {
    const places = Object.entries(files).filter(([, text]) => text.split(from).length === 2);
    const [only, second] = places;
    if (!only || second) throw new Error(`${JSON.stringify(from)} does not stand in the bundle once`);
    files[only[0]] = only[1].replace(from, () => to);
  }
  return files;
}

/** Everything that is said of the bundle with these changes, as people read it: every finding of every rule. */
export function saidOf(...edits: readonly Edit[]): readonly string[] {
  return checked(bundle(...edits)).flatMap((f: Finding) => findingText(f).split('\n'));
}

/** A flaw: what it is, the changes that make it, and everything that is then said. */
export type Flaw = readonly [what: string, edits: readonly Edit[], said: readonly string[]];

/** A stanza more in the policy of the bundle. */
export function stanza(path: string, capabilities: string): Edit {
  const after = 'path \\"sys/leases/renew\\"';
  return [after, `path \\"${path}\\" { capabilities = [${capabilities.replaceAll('"', '\\"')}] }\\n${after}`];
}
